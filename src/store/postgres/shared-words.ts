import { mostWords, type SharedWords } from '../../session/overview.ts';
import { realmIs } from './condition.ts';
import type { Ask } from './connection.ts';
import { statement } from './statement.ts';

/** The words of a realm, or of all, as people know them: each once, in order. */
export async function sharedWords(ask: Ask, realm: string | undefined): Promise<SharedWords> {
  const distinct = async (columns: string, table: string): Promise<readonly (readonly string[])[]> => {
    const rows = await ask(
      statement((p) => {
        const within = realm === undefined ? 'true' : realmIs(realm, p);
        return `SELECT DISTINCT ${columns} FROM curfew.${table} WHERE ${within} ORDER BY ${columns} LIMIT ${mostWords}`;
      }),
    );
    return rows as readonly (readonly string[])[];
  };
  const first = ([word = '']: readonly string[]): string => word;
  return {
    providers: (await distinct('type, name', 'provider')).map(([type = '', name = '']) => ({ type, name })),
    apps: (await distinct('name', 'app')).map(first),
    accessGroups: (await distinct('unnest(access_groups)', 'rights')).map(first),
  };
}
