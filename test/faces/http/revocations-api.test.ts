import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startTestServer } from '../../support/http-server.ts';
import { openTemporarySqlite } from '../../support/sqlite.ts';

test('a preview shows what a cut hits, and the cut hits that', async (t) => {
  const server = await startTestServer(t);
  const own = await server.register({
    username: 'admin',
    accessGroups: ['administrator'],
    adminIds: [1],
    app: 'console',
  });
  await server.register();
  await server.register({ realm: 'shop', provider: { type: 'ldap', name: 'corp' } });
  const auth = `Bearer ${own.token}`;
  const selector = { all: true };
  const preview = await server.ask('POST /v1/revocations/preview', { auth, body: { selector } });
  assert.equal(preview.body.count, 3);
  assert.deepEqual(preview.body.byRealm, [
    { value: 'default', count: 2 },
    { value: 'shop', count: 1 },
  ]);
  assert.deepEqual(preview.body.byProvider, [
    { value: 'basic/main', count: 2 },
    { value: 'ldap/corp', count: 1 },
  ]);
  assert.deepEqual(preview.body.byUser, [
    { value: 'ann', count: 2 },
    { value: 'admin', count: 1 },
  ]);
  assert.deepEqual(preview.body.byApp, [{ value: 'console', count: 1 }]);
  assert.equal(preview.body.sample.length, 3);
  assert.equal(preview.body.hitsOwnSession, true);
  assert.deepEqual(preview.body.administrators, [{ adminId: 1, username: 'admin' }]);
  const spared = { selector: { ...selector, except: [own.session.id] }, reason: 'incident 7', expect: 2 };
  const cut = await server.ask('POST /v1/revocations', { auth, body: spared });
  assert.equal(cut.status, 201);
  assert.equal(cut.body.matched, 2);
  assert.equal(cut.body.sessions.length, 2);
  assert.equal(cut.body.warning, undefined);
  assert.equal((await server.ask('GET /v1/check', { auth })).status, 200);
});

test('a cut that would hit more than was previewed ends nothing, unless growth was allowed', async (t) => {
  const server = await startTestServer(t);
  await server.register();
  const body = { selector: { username: 'ann' }, reason: 'test' };
  await server.register();
  const refused = await server.asAdmin('POST /v1/revocations', { ...body, expect: 1 });
  assert.equal(refused.status, 412);
  assert.deepEqual(refused.body.facts, { matched: 2, allowed: 1 });
  assert.equal((await server.asAdmin('GET /v1/ledger')).body.head, 0);
  const grown = await server.asAdmin('POST /v1/revocations', { ...body, expect: { matched: 1, growth: 1 } });
  assert.equal(grown.body.matched, 2);
});

test('a cut that hits nothing is loud, and says what is unknown (P10)', async (t) => {
  const server = await startTestServer(t);
  await server.register();
  const cases: [Record<string, unknown>, string[], RegExp][] = [
    [{ username: 'anne' }, ['username'], /the user "anne" is unknown/],
    [{ realm: 'shop', all: true }, ['realm'], /the realm "shop" is unknown/],
    [{ provider: { type: 'ldap', name: 'corp' } }, ['provider'], /the provider "ldap\/corp" is unknown/],
    [{ username: 'ann', createdTo: '2029-01-01T00:00:00Z' }, [], /Every name in the selector is known/],
  ];
  for (const [selector, unknown, warning] of cases) {
    const preview = await server.asAdmin('POST /v1/revocations/preview', { selector });
    assert.deepEqual(preview.body.unknown, unknown);
    assert.match(preview.body.warning, warning);
    const cut = await server.asAdmin('POST /v1/revocations', { selector, reason: 'test' });
    assert.equal(cut.body.matched, 0);
    assert.deepEqual(cut.body.unknown, unknown);
    assert.match(cut.body.warning, warning);
  }
});

test('the ledger is listed from the newest, entry by entry, with who, from where and why', async (t) => {
  const server = await startTestServer(t);
  for (const reason of ['one', 'two', 'three']) {
    await server.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason });
  }
  const page = await server.asAdmin('GET /v1/revocations?limit=2');
  const reasons = (body: { revocations: { reason: string }[] }) =>
    body.revocations.map(({ reason }) => reason);
  assert.deepEqual(reasons(page.body), ['three', 'two']);
  const rest = await server.asAdmin(`GET /v1/revocations?limit=2&cursor=${page.body.nextCursor}`);
  assert.deepEqual(reasons(rest.body), ['one']);
  assert.equal(rest.body.nextCursor, undefined);
  const { revocation } = (await server.asAdmin('GET /v1/revocations/2')).body;
  assert.deepEqual(revocation.by, { kind: 'administrator', id: '1', name: 'admin' });
  assert.equal(revocation.face, 'http');
  assert.equal(revocation.from, '127.0.0.1');
  assert.deepEqual(revocation.selector, { username: 'ann' });
  assert.equal((await server.asAdmin('GET /v1/revocations/4')).body.code, 'not_found');
  const { body: ledger } = await server.asAdmin('GET /v1/ledger');
  assert.deepEqual(ledger, { head: 3, hash: page.body.revocations[0].hash });
});

test('the whole chain verifies, and against a hash that was noted', async (t) => {
  const server = await startTestServer(t);
  const cut = await server.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'test' });
  const { seq, hash } = cut.body.revocation;
  await server.asAdmin('POST /v1/revocations', { selector: { username: 'bob' }, reason: 'test' });
  const good = await server.asAdmin(`GET /v1/ledger/verify?seq=${seq}&hash=${hash}`);
  assert.equal(good.body.intact, true);
  assert.equal(good.body.ledger.entries, 2);
  const wrong = await server.asAdmin(`GET /v1/ledger/verify?seq=${seq}&hash=${'0'.repeat(64)}`);
  assert.equal(wrong.body.intact, false);
  assert.equal(wrong.body.ledger.broken.seq, seq);
  const half = await server.asAdmin(`GET /v1/ledger/verify?seq=${seq}`);
  assert.equal(half.body.faults[0].path, 'hash');
});

test('a backup lands in the folder of the server and can be opened', async (t) => {
  const server = await startTestServer(t);
  const { session } = await server.register();
  const { status, body } = await server.asAdmin('POST /v1/backup');
  assert.equal(status, 201);
  assert.equal(dirname(body.path), join(server.data, 'backups'));
  const elsewhere = await server.asAdmin('POST /v1/backup', {
    path: join(server.data, '..', 'elsewhere.db'),
  });
  assert.equal(elsewhere.status, 400);
  assert.ok(!existsSync(join(server.data, '..', 'elsewhere.db')));
  const opened = await openTemporarySqlite(body.path);
  t.after(() => opened.close());
  assert.equal((await opened.store.find(session.id, server.clock.now()))?.id, session.id);
});

test('the sweep follows a cut, and metrics tell of all of it', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  await server.ask('GET /v1/check', { auth: `Bearer ${token}` });
  await server.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'test' });
  await server.ask('GET /v1/check', { auth: `Bearer ${token}` });
  while ((await server.services.store.sweep(server.clock.now())).more);
  const { body: metrics } = await server.ask('GET /metrics');
  for (const line of [
    'curfew_checks_total{verdict="live"} 1',
    'curfew_checks_total{verdict="revoked"} 1',
    'curfew_registrations_total{outcome="registered"} 1',
    'curfew_revocations_total 1',
    'curfew_revoked_sessions_total 1',
    'curfew_live_sessions 0',
    'curfew_unswept_revocations 0',
  ]) {
    assert.ok(metrics.split('\n').includes(line), line);
  }
  const proxied = { headers: { 'x-forwarded-for': '203.0.113.5' } };
  assert.equal((await server.ask('GET /metrics', proxied)).status, 401);
});
