import { Connection } from '../../src/store/postgres/connection.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { schemaDump } from '../../src/store/postgres/schema-dump.ts';
import { type RunningPostgres, skipWithoutPostgres, startPostgres } from './postgres.ts';

/** The dump of an empty database of the newest schema, on a server that runs. */
export async function schemaOn(postgres: RunningPostgres): Promise<string> {
  const url = await postgres.createDatabase();
  const connection = new Connection({ url, where: 'a new database', name: 'curfew schema' });
  try {
    await migrate(connection, 'a new database');
    return await schemaDump((one) => connection.query(one));
  } finally {
    await connection.close();
  }
}

/** The same on a server of its own, such as the one that comes with the packages; undefined where there is none. */
export async function newestPostgresSchema(): Promise<string | undefined> {
  const options = [{ version: 'embedded' }, {}] as const;
  const found = options.find((one) => skipWithoutPostgres(one) === false);
  if (found === undefined) return undefined;
  const postgres = await startPostgres(found);
  try {
    return await schemaOn(postgres);
  } finally {
    await postgres.stop();
  }
}
