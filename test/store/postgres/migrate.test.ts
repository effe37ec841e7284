import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CurfewError } from '../../../src/core/errors.ts';
import { hashSecret, newSessionToken } from '../../../src/core/tokens.ts';
import { Connection } from '../../../src/store/postgres/connection.ts';
import { migrate, migrationSteps } from '../../../src/store/postgres/migrate.ts';
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { schemaOn } from '../../support/postgres-schema.ts';
import { postgresStores } from '../../support/postgres-store.ts';
import { projectRoot } from '../../support/project-root.ts';
import { toRegister } from '../../support/sessions.ts';

const skip = skipWithoutPostgres();

describe('the schema in PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();

  it('is made once, though several servers start on an empty database at the same time', async () => {
    const postgres = await stores.server();
    const url = await postgres.createDatabase();
    const opened = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore({ url })));
    for (const store of opened) await store.ping();
    await Promise.all(opened.map((store) => store.close()));
    const database = new URL(url).pathname.slice(1);
    const { rows } = await postgres.query('SELECT version FROM curfew.migration', [], database);
    assert.equal(rows.length, migrationSteps().length);
  });

  it('is the one that stands in schema.sql, whichever version of PostgreSQL it is', async () => {
    const file = join(projectRoot, 'src/store/postgres/schema.sql');
    assert.equal(await schemaOn(await stores.server()), readFileSync(file, 'utf8'), 'npm run generate');
  });

  it('can be made where somebody else has made the place for it, and an account may do no more', async () => {
    const postgres = await stores.server();
    const url = new URL(await postgres.createDatabase());
    const database = url.pathname.slice(1);
    await postgres.query("CREATE ROLE plain LOGIN PASSWORD 'plain'");
    await postgres.query('CREATE SCHEMA curfew AUTHORIZATION plain', [], database);
    url.username = 'plain';
    url.password = 'plain';
    const store = await openPostgresStore({ url: url.href });
    await store.register(toRegister());
    await store.close();
  });

  it('that is newer than this version knows is refused, and stays as it is', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const database = new URL(opened.url).pathname.slice(1);
    await opened.postgres.query("INSERT INTO curfew.migration VALUES (99, '0099-later.sql')", [], database);
    await assert.rejects(openPostgresStore({ url: opened.url }), (error: unknown) => {
      assert.ok(error instanceof CurfewError && error.code === 'store_unavailable');
      assert.match(
        error.message,
        /has schema 99 and this version of Curfew knows \d+; run the newer version/,
      );
      return true;
    });
    await opened.store.ping();
  });

  it('is brought up to date under a running server, of which no check fails', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const tokenHash = hashSecret(newSessionToken());
    await opened.store.register({ ...toRegister(), tokenHash });
    let isOver = false;
    let checks = 0;
    const checking = (async () => {
      while (!isOver) {
        const { session } = await opened.store.lookup(tokenHash);
        assert.equal(session?.username, 'ann');
        checks += 1;
      }
    })();
    const connection = new Connection({ url: opened.url, where: 'the test', name: 'upgrade' });
    const steps = migrationSteps();
    const first = steps.length + 1;
    for (let version = first; version < first + 8; version++) {
      steps.push({
        version,
        name: `a step ${version}`,
        sql: `ALTER TABLE curfew.session ADD COLUMN later_${version} text`,
      });
      await migrate(connection, 'the test', steps);
      // Some are answered between one step and the next, some while a step holds the table.
      for (const seen = checks; checks < seen + 3; ) {
        await Promise.race([checking, new Promise((resolve) => setImmediate(resolve))]);
      }
    }
    await opened.store.register(toRegister({ username: 'bob' }));
    isOver = true;
    await checking;
    await connection.close();
  });
});
