import assert from 'node:assert/strict';
import { it } from 'node:test';
import { demandKnownOptions } from '../../src/core/database-url.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';

const way = 'postgres://curfew:secret@db.example,db2.example:6432/curfew';

it('a misspelt option of the way to the database stops the start, so that no sslmode is passed over', async () => {
  const misspelt = ['sslmood=verify-full', 'ssl_mode=require', 'SSLMODE=require', 'sslmode=', 'sslmode=ful'];
  for (const options of misspelt)
    assert.throws(() => demandKnownOptions(`${way}?${options}`), { code: 'config_invalid' }, options);
  await assert.rejects(openPostgresStore({ url: 'postgres://curfew@127.0.0.1:1/curfew?sslmood=require' }), {
    code: 'config_invalid',
    message: /sslmood/,
  });
});

it('options of PostgreSQL are taken, as hosters of databases write them', () => {
  demandKnownOptions(way);
  demandKnownOptions(`${way}?sslmode=require&channel_binding=require`);
  demandKnownOptions(`${way}?sslmode=verify-full&sslrootcert=/etc/ca.pem&target_session_attrs=read-write`);
});

it('part of a password that stands where options do is not repeated', () => {
  assert.throws(
    () => demandKnownOptions('postgres://curfew:12/ab?hush&hidden@db.example/curfew'),
    (error: Error) => !/hush|hidden/.test(error.message),
  );
});

it('a server cannot hide from a move of its data behind a name of its own for its connections', () => {
  assert.throws(() => demandKnownOptions(`${way}?application_name=mine`), { code: 'config_invalid' });
});
