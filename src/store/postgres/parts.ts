import type { StoredSession } from '../../session/store.ts';
import type { LedgerView } from './ledger-view.ts';
import { sessionOfRow, wordNumbersOf } from './row.ts';
import type { Row } from './statement.ts';
import type { Words } from './words.ts';

/** What every question and every write needs to know. */
export interface Knowledge {
  readonly view: LedgerView;
  readonly words: Words;
}

/** The sessions of rows of `sessionColumns`. */
export async function sessionsOf(rows: readonly Row[], words: Words): Promise<StoredSession[]> {
  await words.learn(rows.map(wordNumbersOf));
  return rows.map((row) => sessionOfRow(row, words));
}

/** The session of the only row, or undefined when there is none. */
export async function sessionOf(rows: readonly Row[], words: Words): Promise<StoredSession | undefined> {
  const [session] = await sessionsOf(rows.slice(0, 1), words);
  return session;
}
