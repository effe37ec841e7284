import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, basic, startTestServer, type TestServer } from '../../support/http-server.ts';
import { hour, minute } from '../../support/manual-clock.ts';
import { aPassword } from '../../support/opened-access.ts';

async function keyOf(server: TestServer, scopes: readonly string[], realm = 'default'): Promise<string> {
  const { body } = await server.asAdmin('POST /v1/keys', { name: `${realm} ${scopes}`, realm, scopes });
  return `Bearer ${body.secret}`;
}

const ids = ({ body }: Answer): string[] => body.sessions.map(({ id }: { id: string }) => id);

test('a registration answers the session and its token, and neither a list nor a look shows the token again', async (t) => {
  const server = await startTestServer(t);
  const { session, token } = await server.register({
    subject: 'uid=ann',
    provider: { type: 'ldap', name: 'corp' },
    providerSession: '_5e2f',
    accessGroups: ['staff'],
    attributes: { desk: '4' },
    client: { ip: '192.0.2.7', userAgent: 'test' },
    app: 'shop',
    idleTimeoutMs: 5 * minute,
  });
  assert.match(token, /^cfs_[\w-]{43}$/);
  const shown = await server.asAdmin(`GET /v1/sessions/${session.id}`);
  assert.deepEqual(shown.body, { session, device: {}, refusedUses: [] });
  const listed = await server.asAdmin('GET /v1/sessions?username=ann');
  assert.deepEqual(listed.body.sessions, [session]);
  assert.ok(!JSON.stringify([shown.body, listed.body]).includes(token.slice(4)));
  assert.equal(session.idleTimeoutMs, 5 * minute);
  assert.equal(session.createdAt, '2030-01-01T00:00:00.000Z');
});

test("a provider's own key of its session finds and ends it, beside its provider or realm only", async (t) => {
  const server = await startTestServer(t);
  const provider = { type: 'oidc', name: 'corp' };
  const ended = await server.register({ provider, providerSession: 'sid 1' });
  const otherKey = await server.register({ provider, providerSession: 'sid 2' });
  const otherProvider = await server.register({
    provider: { ...provider, name: 'partner' },
    providerSession: 'sid 1',
  });
  const listed = await server.asAdmin('GET /v1/sessions?provider.name=corp&providerSession=sid%201');
  assert.deepEqual(listed.body.sessions, [ended.session]);
  assert.equal(ended.session.providerSession, 'sid 1');
  const alone = await server.asAdmin('GET /v1/sessions?providerSession=sid%201');
  assert.match(alone.body.detail, /providerSession: .*add provider, or realm/);
  const long = { username: 'ann', provider, providerSession: 'ü'.repeat(257) };
  assert.match((await server.asAdmin('POST /v1/sessions', long)).body.detail, /at most 512 bytes/);
  const selector = { provider, providerSession: 'sid 1' };
  const { body: cut } = await server.asAdmin('POST /v1/revocations', {
    selector,
    reason: 'signed out there',
  });
  assert.deepEqual([cut.matched, cut.revocation.selector], [1, selector]);
  const { sessions } = (await server.asAdmin('GET /v1/sessions?username=ann')).body;
  const left = [otherProvider.session.id, otherKey.session.id];
  assert.deepEqual(sessions.map(({ id }: { id: string }) => id).sort(), left.sort());
});

test('the same Idempotency-Key gives the same session, and a fresh token in place of the former', async (t) => {
  const server = await startTestServer(t);
  const auth = await keyOf(server, ['register', 'check']);
  const body = { username: 'ann', provider: { type: 'basic', name: 'main' } };
  const headers = { 'idempotency-key': 'sign-in-1' };
  const first = await server.ask('POST /v1/sessions', { auth, body, headers });
  const again = await server.ask('POST /v1/sessions', { auth, body, headers });
  assert.equal(again.body.session.id, first.body.session.id);
  const tokens = [first.body.token, again.body.token];
  const { body: checked } = await server.ask('POST /v1/sessions/check', { auth, body: { tokens } });
  assert.deepEqual(
    checked.verdicts.map(({ live }: { live: boolean }) => live),
    [false, true],
  );
  const other = await server.ask('POST /v1/sessions', { auth, body: { ...body, username: 'bob' }, headers });
  assert.equal(other.body.code, 'idempotency_key_reused');
});

test('a key registers into its own realm, and binds no session to an administrator', async (t) => {
  const server = await startTestServer(t);
  const auth = await keyOf(server, ['register'], 'shop');
  const body = { username: 'ann', provider: { type: 'basic', name: 'main' } };
  const own = await server.ask('POST /v1/sessions', { auth, body });
  assert.equal(own.body.session.realm, 'shop');
  const elsewhere = await server.ask('POST /v1/sessions', { auth, body: { ...body, realm: 'bank' } });
  assert.equal(elsewhere.body.code, 'forbidden');
  const bound = await server.ask('POST /v1/sessions', { auth, body: { ...body, adminIds: [1] } });
  assert.equal(bound.body.code, 'forbidden');
  const { session } = await server.register({ realm: 'shop', accessGroups: ['read'], adminIds: [1] });
  const raised = await server.ask(`POST /v1/sessions/${session.id}/refresh`, {
    auth,
    body: { accessGroups: ['administrator'] },
  });
  assert.equal(raised.body.code, 'forbidden');
});

test('a sign-in that began before a cut cannot become a session after it, by epoch and by instant', async (t) => {
  const server = await startTestServer(t);
  const { body: ledger } = await server.asAdmin('GET /v1/ledger');
  server.clock.advance(minute);
  await server.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'lost laptop' });
  server.clock.advance(minute);
  const start = { username: 'ann', provider: { type: 'basic', name: 'main' } };
  for (const begun of [{ epoch: ledger.head }, { authenticatedAt: '2030-01-01T00:00:30Z' }]) {
    const { status, body } = await server.asAdmin('POST /v1/sessions', { ...start, ...begun });
    assert.equal(status, 409);
    assert.equal(body.code, 'revoked_during_sign_in');
  }
  const after = await server.asAdmin('POST /v1/sessions', {
    ...start,
    authenticatedAt: '2030-01-01T00:01:30Z',
  });
  assert.equal(after.status, 201);
});

test('pages follow each other without a gap, and a cursor belongs to its filter', async (t) => {
  const server = await startTestServer(t);
  const made: string[] = [];
  for (let n = 0; n < 7; n++) {
    made.unshift((await server.register()).session.id);
    server.clock.advance(n % 2);
  }
  await server.register({ username: 'bob' });
  const found: string[] = [];
  let cursor = '';
  for (;;) {
    const page = await server.asAdmin(`GET /v1/sessions?username=ann&limit=3&count=exact${cursor}`);
    assert.equal(page.body.count, 7);
    found.push(...ids(page));
    if (page.body.nextCursor === undefined) break;
    cursor = `&cursor=${page.body.nextCursor}`;
  }
  assert.deepEqual(found, made);
  const foreign = await server.asAdmin(`GET /v1/sessions?username=bob&limit=3${cursor}`);
  assert.equal(foreign.body.code, 'invalid_input');
  assert.equal(foreign.body.faults[0].path, 'cursor');
});

test('a list can be asked for the past, for the ended, and for what one revocation ended', async (t) => {
  const server = await startTestServer(t);
  const [one, other] = [await server.register(), await server.register({ username: 'bob' })];
  server.clock.advance(minute);
  const before = new Date(server.clock.now()).toISOString();
  server.clock.advance(minute);
  const cut = await server.asAdmin(`DELETE /v1/sessions/${one.session.id}?reason=test`);
  const list = (query: string) => server.asAdmin(`GET /v1/sessions${query}`);
  assert.deepEqual(ids(await list('')), [other.session.id]);
  assert.deepEqual(ids(await list('?state=ended')), [one.session.id]);
  assert.equal(ids(await list('?state=any')).length, 2);
  assert.equal(ids(await list(`?asOf=${before}`)).length, 2);
  const ended = await list(`?revocation=${cut.body.revocation.seq}`);
  assert.deepEqual(ids(ended), [one.session.id]);
  assert.deepEqual(ended.body.sessions[0].ended, {
    at: '2030-01-01T00:02:00.000Z',
    reason: 'revoked',
    revocation: cut.body.revocation.seq,
  });
  const both = `?sessionIds=${one.session.id}&sessionIds=${other.session.id}&state=any`;
  assert.equal(ids(await list(both)).length, 2);
});

test('people see and end their own sessions, and nobody else’s', async (t) => {
  const server = await startTestServer(t);
  const [own, second, namesake, bob] = [
    await server.register(),
    await server.register(),
    await server.register({ provider: { type: 'ldap', name: 'corp' } }),
    await server.register({ username: 'bob' }),
  ];
  const auth = `Bearer ${own.token}`;
  const list = await server.ask('GET /v1/me/sessions', { auth });
  assert.deepEqual(new Set(ids(list)), new Set([own.session.id, second.session.id]));
  assert.equal(list.body.current, own.session.id);
  for (const { session } of [namesake, bob]) {
    const refused = await server.ask(`DELETE /v1/me/sessions/${session.id}`, { auth });
    assert.equal(refused.body.code, 'session_not_found');
  }
  const one = await server.ask(`DELETE /v1/me/sessions/${second.session.id}`, { auth });
  assert.equal(one.body.matched, 1);
  await server.register();
  const others = await server.ask('DELETE /v1/me/sessions?keepCurrent=true', { auth });
  assert.equal(others.body.matched, 1);
  assert.equal((await server.ask('GET /v1/check', { auth })).status, 200);
  assert.equal((await server.ask('GET /v1/check', { auth: `Bearer ${namesake.token}` })).status, 200);
  const all = await server.ask('DELETE /v1/me/sessions', { auth });
  assert.equal(all.body.matched, 1);
  assert.equal((await server.ask('GET /v1/check', { auth })).body.reason, 'revoked');
  assert.deepEqual(all.body.revocation.by, { kind: 'session', id: own.session.id, name: 'ann' });
});

test('a refresh moves the last access and the attributes, and brings nothing back', async (t) => {
  const server = await startTestServer(t);
  const { session } = await server.register({ attributes: { desk: '4' } });
  server.clock.advance(minute);
  const path = `/v1/sessions/${session.id}`;
  const refreshed = await server.asAdmin(`POST ${path}/refresh`, { attributes: { desk: '5' } });
  assert.equal(refreshed.body.session.lastAccessAt, '2030-01-01T00:01:00.000Z');
  assert.deepEqual(refreshed.body.session.attributes, { desk: '5' });
  assert.equal(refreshed.body.session.expiresAt, session.expiresAt);
  await server.asAdmin(`DELETE ${path}`);
  const again = await server.asAdmin(`POST ${path}/refresh`, {});
  assert.equal(again.body.code, 'session_ended');
});

test('an import keeps what was, makes nothing twice, and never undoes a termination', async (t) => {
  const server = await startTestServer(t);
  server.clock.advance(hour);
  const { token, session } = await server.register();
  await server.register({ username: 'bob' });
  const exported = (await server.asAdmin('GET /v1/sessions')).body.sessions;
  const target = await startTestServer(t);
  target.clock.advance(hour);
  const first = await target.asAdmin('POST /v1/sessions/import', { sessions: exported });
  assert.deepEqual(first.body, { imported: 2, skipped: [] });
  assert.deepEqual((await target.asAdmin('GET /v1/sessions?username=ann')).body.sessions, [session]);
  assert.equal((await target.ask('GET /v1/check', { auth: `Bearer ${token}` })).body.reason, 'unknown');
  const again = await target.asAdmin('POST /v1/sessions/import', { sessions: exported });
  assert.deepEqual(
    again.body.skipped.map(({ reason }: { reason: string }) => reason),
    ['exists', 'exists'],
  );
  const other = await startTestServer(t);
  other.clock.advance(hour + minute);
  await other.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'lost laptop' });
  await other.asAdmin('POST /v1/revocations', { selector: { username: 'zoe' }, reason: 'lost laptop' });
  const cut = await other.asAdmin('POST /v1/sessions/import', { sessions: exported });
  assert.equal(cut.body.imported, 1);
  assert.deepEqual(
    cut.body.skipped.map(({ id, reason }: { id: string; reason: string }) => [id, reason]),
    [[session.id, 'revoked']],
  );
});

test('callers of one realm see and end nothing of another (P9)', async (t) => {
  const server = await startTestServer(t);
  const admin = {
    username: 'shopkeeper',
    password: aPassword,
    accessGroups: ['administrator'],
    realm: 'shop',
  };
  await server.asAdmin('POST /v1/admins', admin);
  const callers = [
    basic('shopkeeper', aPassword),
    await keyOf(server, ['register', 'check', 'list', 'terminate'], 'shop'),
  ];
  const bank = await server.register({ realm: 'bank' });
  await server.asAdmin('POST /v1/revocations', {
    selector: { realm: 'bank', username: 'zoe' },
    reason: 'test',
  });
  const backup = await server.ask('POST /v1/backup', { auth: callers[0] as string });
  assert.equal(backup.body.code, 'forbidden');
  for (const auth of callers) {
    const shop = await server.register({ realm: 'shop' });
    const get = (path: string) => server.ask(`GET ${path}`, { auth });
    assert.deepEqual(ids(await get('/v1/sessions')), [shop.session.id]);
    assert.equal((await get('/v1/sessions?realm=bank')).body.code, 'forbidden');
    assert.equal((await get(`/v1/sessions/${bank.session.id}`)).body.code, 'session_not_found');
    assert.equal((await get('/v1/revocations/1')).body.code, 'not_found');
    assert.ok(
      (await get('/v1/revocations')).body.revocations.every(
        (entry: { selector: { realm: string } }) => entry.selector.realm === 'shop',
      ),
    );
    const end = (body: unknown, path = '/v1/revocations') => server.ask(`POST ${path}`, { auth, body });
    const all = { selector: { all: true }, reason: 'test' };
    assert.equal((await end({ ...all, selector: { all: true, realm: 'bank' } })).body.code, 'forbidden');
    assert.equal(
      (await end({ selector: { realm: 'bank', all: true } }, '/v1/revocations/preview')).body.code,
      'forbidden',
    );
    assert.equal((await end({ selector: { all: true } }, '/v1/revocations/preview')).body.count, 1);
    const checked = await end({ tokens: [bank.token, shop.token] }, '/v1/sessions/check');
    assert.deepEqual(
      checked.body.verdicts.map(({ reason }: { reason?: string }) => reason),
      ['unknown', undefined],
    );
    const deleted = await server.ask(`DELETE /v1/sessions/${bank.session.id}`, { auth });
    assert.equal(deleted.body.code, 'session_not_found');
    const cut = await end(all);
    assert.equal(cut.body.matched, 1);
    assert.equal(cut.body.revocation.selector.realm, 'shop');
  }
  assert.equal((await server.ask('GET /v1/check', { auth: `Bearer ${bank.token}` })).status, 200);
});
