import { readdirSync, readFileSync } from 'node:fs';
import { CurfewError } from '../../core/errors.ts';
import type { Ask, Connection } from './connection.ts';
import { lockSchema } from './locks.ts';
import { statement } from './statement.ts';

const folder = new URL('./migrations/', import.meta.url);

interface Step {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The numbered steps of the schema, forward only. */
export function migrationSteps(): Step[] {
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
 * Brings a database to the newest schema, each step in a transaction of its own. Nodes that start at the same time take turns.
 * Steps only add what nodes of the version before do not mind, so those go on running meanwhile.
 * @throws CurfewError `store_unavailable` when a newer Curfew has written the data, or the schema may not be made
 */
export async function migrate(
  connection: Connection,
  where: string,
  steps: readonly Step[] = migrationSteps(),
): Promise<void> {
  const newest = steps.at(-1)?.version ?? 0;
  const current = await connection.converse('write', async (ask) => {
    await ask(lockSchema);
    return makeSchema(ask);
  });
  if (current > newest) {
    throw new CurfewError(
      'store_unavailable',
      `The data in ${where} has schema ${current} and this version of Curfew knows ${newest}; run the newer version, or restore a backup made before the upgrade.`,
    );
  }
  for (const step of steps.filter(({ version }) => version > current)) {
    await connection.converse('write', async (ask) => {
      await ask(lockSchema);
      // Another node may have been faster.
      if ((await versionOf(ask)) >= step.version) return;
      // A file holds several statements, which go without values.
      await ask({ text: step.sql, values: [] });
      await ask(
        statement(
          (p) => `INSERT INTO curfew.migration (version, name)
            VALUES (${p.add(step.version, 'integer')}, ${p.add(step.name, 'text')})`,
        ),
      );
    });
  }
}

/** Makes the schema and the table of migrations where there is none. Whoever may not make a schema can be given one. */
async function makeSchema(ask: Ask): Promise<number> {
  const [row] = await ask({ text: "SELECT to_regclass('curfew.migration') IS NOT NULL", values: [] });
  if (row?.[0] !== true) {
    const [schema] = await ask({ text: "SELECT to_regnamespace('curfew') IS NULL", values: [] });
    if (schema?.[0] === true) await ask({ text: 'CREATE SCHEMA curfew', values: [] });
    await ask({
      text: `CREATE TABLE curfew.migration (version integer PRIMARY KEY, name text NOT NULL,
        at timestamptz NOT NULL DEFAULT now())`,
      values: [],
    });
  }
  return versionOf(ask);
}

async function versionOf(ask: Ask): Promise<number> {
  const [row] = await ask({ text: 'SELECT coalesce(max(version), 0) FROM curfew.migration', values: [] });
  return (row as [number])[0];
}
