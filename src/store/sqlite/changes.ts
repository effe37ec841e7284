import type { Database } from './database.ts';

/**
 * Has the engine itself write down every row of a session that this connection changes or deletes, whichever statement does
 * it. The notes are in memory and part of the transaction, so what is undone is not in them.
 */
export function noteChanges(db: Database): void {
  db.exec(`CREATE TEMP TABLE changed (number INTEGER NOT NULL);
    CREATE TEMP TRIGGER session_updated AFTER UPDATE ON main.session BEGIN
      INSERT INTO changed (number) VALUES (old.number);
    END;
    CREATE TEMP TRIGGER session_deleted AFTER DELETE ON main.session BEGIN
      INSERT INTO changed (number) VALUES (old.number);
    END;`);
}

/** The numbers of the rows that the open transaction has changed so far. They are given once. */
export function takeChanges(db: Database): number[] {
  const rows = db.all('SELECT DISTINCT number FROM changed').map(({ number }) => Number(number));
  if (rows.length > 0) db.run('DELETE FROM changed');
  return rows;
}
