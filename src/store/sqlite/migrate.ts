import { readdirSync, readFileSync } from 'node:fs';
import { CurfewError } from '../../core/errors.ts';
import { Database } from './database.ts';

const folder = new URL('./migrations/', import.meta.url);

/** The numbered steps of the schema, forward only. */
function steps(): { version: number; name: string; sql: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({
      version: Number.parseInt(name, 10),
      name,
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }));
}

/**
 * Brings a database to the newest schema, each step in a transaction of its own.
 * @throws CurfewError `store_unavailable` when a newer Curfew has written the data
 */
export function migrate(db: Database): void {
  const all = steps();
  const newest = all.at(-1)?.version ?? 0;
  const current = db.number('PRAGMA user_version');
  if (current > newest) {
    throw new CurfewError(
      'store_unavailable',
      `The data has schema ${current} and this version of Curfew knows ${newest}; run the newer version, or restore a backup made before the upgrade.`,
    );
  }
  for (const step of all.filter(({ version }) => version > current)) {
    db.transaction('IMMEDIATE', () => {
      // Another worker on the same data may have taken this step meanwhile.
      if (db.number('PRAGMA user_version') >= step.version) return;
      db.exec(step.sql);
      db.exec(`PRAGMA user_version = ${step.version}`);
    });
  }
}

/** The whole schema as text, for the dump that is kept beside the migrations. */
export function schemaDump(db: Database): string {
  const rows = db.all(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const header = `-- The schema after migration ${db.number('PRAGMA user_version')}. Generated: npm run generate\n\n`;
  return `${header}${rows.map((row) => `${row.sql};`).join('\n\n')}\n`;
}

/** The dump of an empty database of the newest schema. */
export async function newestSchema(): Promise<string> {
  const db = await Database.open(':memory:', { cacheKiB: 64 });
  try {
    migrate(db);
    return schemaDump(db);
  } finally {
    db.close();
  }
}
