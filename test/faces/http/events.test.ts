import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { follow } from '../../support/events.ts';
import { basic, startTestServer, type TestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';

const admin = { basic: { username: 'admin', password: aPassword } };

function cut(server: TestServer, selector: Record<string, unknown>, reason = 'a test') {
  return server.asAdmin('POST /v1/revocations', { selector, reason });
}

/** A server and somebody who follows it with all rights. */
async function stage(t: TestContext) {
  const server = await startTestServer(t);
  const told = follow(t, { url: server.url, credentials: admin });
  await told.until('hello');
  return { server, told };
}

/** A key with these scopes in a realm, and what it follows. */
async function followWithKey(t: TestContext, server: TestServer, realm: string) {
  const made = await server.asAdmin('POST /v1/keys', { name: `key of ${realm}`, realm, scopes: ['list'] });
  const told = follow(t, { url: server.url, credentials: { bearer: made.body.secret } });
  await told.until('hello');
  return { told, id: made.body.key.id as string };
}

describe('GET /v1/events', () => {
  it('says who answers, how the sessions fare, and a cut with what comes of it', async (t) => {
    const server = await startTestServer(t);
    const { token } = await server.register();
    await server.register({ username: 'bob' });
    const told = follow(t, { url: server.url, credentials: admin });
    const hello = (await told.until('hello')).data;
    assert.deepEqual([hello.head, hello.node], [0, server.services.nodes.name]);
    assert.equal((await told.until('pulse')).data.live, 2);
    assert.equal((await told.until('nodes')).data.nodes.length, 1);
    const { revocation } = (await cut(server, { username: 'ann' }, 'she left')).body;
    const entry = await told.until('revocation');
    assert.equal(entry.id?.split('.')[0], '1');
    assert.deepEqual({ ...entry.data, sweep: null }, { ...revocation, refused: 0, sweep: null });
    await told.until('sweep', (sweep) => sweep.seq === 1 && sweep.swept === 1 && sweep.sweptAt !== null);
    await told.until('pulse', ({ live, ended }) => live === 1 && ended === 1);
    for (let n = 0; n < 3; n++) {
      assert.equal((await server.ask('GET /v1/check', { auth: `Bearer ${token}` })).status, 401);
    }
    await told.until('sweep', ({ seq, refused }) => seq === 1 && refused === 3);
    assert.equal((await server.asAdmin('GET /v1/revocations/1')).body.revocation.refused, 3);
    await server.register({ username: 'carl' });
    await told.until('pulse', ({ live }) => live === 2);
  });

  it('goes on behind the last event that was read, with each entry once and in order', async (t) => {
    const { server, told } = await stage(t);
    await cut(server, { username: 'before' });
    const { id: lastEventId } = await told.until('revocation');
    await told.stop();
    for (let n = 0; n < 120; n++) await cut(server, { username: `missed ${n}` });
    await server.asAdmin('POST /v1/keys', { name: 'missed', realm: 'default', scopes: ['list'] });
    const again = follow(t, { url: server.url, credentials: admin, lastEventId });
    await again.until('journal', ({ event }) => event === 'key.created');
    await cut(server, { username: 'after' });
    await again.until('revocation', ({ selector }) => selector.username === 'after');
    assert.deepEqual(
      again.all('revocation').map(({ seq }) => seq),
      Array.from({ length: 121 }, (_, n) => n + 2),
    );
    assert.equal(again.all('journal').length, 1);
  });

  it('begins now without an id, and also with one of a ledger that was longer', async (t) => {
    const { server } = await stage(t);
    await cut(server, { username: 'before' });
    for (const lastEventId of [undefined, '999.999']) {
      await cut(server, { username: `before ${lastEventId}` });
      const told = follow(t, { url: server.url, credentials: admin, lastEventId });
      await told.until('hello');
      await cut(server, { username: `after ${lastEventId}` });
      await told.until('revocation', ({ selector }) => selector.username === `after ${lastEventId}`);
      assert.equal(told.all('revocation').length, 1);
    }
  });

  it('tells a caller of one realm nothing of another, and the journal only to who may read it', async (t) => {
    const { server, told } = await stage(t);
    const { told: own } = await followWithKey(t, server, 'a');
    await server.register({ realm: 'b', username: 'hidden' });
    await server.register({ realm: 'a', username: 'seen' });
    await cut(server, { realm: 'b', username: 'hidden' }, 'hidden');
    await cut(server, { username: 'nobody in particular' }, 'of every realm');
    await cut(server, { realm: 'a', username: 'seen' }, 'seen');
    await own.until('sweep', ({ seq }) => seq === 3);
    await told.until('sweep', ({ seq }) => seq === 3);
    assert.deepEqual(
      own.all('revocation').map(({ seq }) => seq),
      [3],
    );
    assert.deepEqual([...new Set(own.all('sweep').map(({ seq }) => seq))], [3]);
    assert.ok(own.all('pulse').every(({ live }) => live <= 1));
    assert.deepEqual(own.all('journal'), []);
    assert.doesNotMatch(JSON.stringify(own.events), /hidden|nobody/);
    assert.equal(told.all('revocation').length, 3);
    assert.equal(told.all('journal').length, 1);
  });

  it('ends when the session of whoever follows ends, by a cut or by leaving, and that is no refused use', async (t) => {
    const server = await startTestServer(t);
    const signIn = () =>
      server.register({ username: 'admin', accessGroups: ['administrator'], adminIds: [1] });
    const first = await signIn();
    const second = await signIn();
    const one = follow(t, { url: server.url, credentials: { bearer: first.token } });
    const two = follow(t, { url: server.url, credentials: { bearer: second.token } });
    await Promise.all([one.until('hello'), two.until('hello')]);
    await cut(server, { sessionIds: [first.session.id] });
    assert.equal((await one.end)?.code, 'unauthenticated');
    assert.deepEqual(one.all('bye'), [{ reason: 'session_ended' }]);
    await server.ask('POST /v1/logout', { auth: `Bearer ${second.token}`, body: {} });
    assert.equal((await two.end)?.code, 'unauthenticated');
    assert.equal((await server.asAdmin('GET /v1/revocations/1')).body.revocation.refused, 0);
  });

  it('does not keep the session of whoever follows alive', async (t) => {
    const server = await startTestServer(t);
    const { token } = await server.register({
      username: 'admin',
      accessGroups: ['administrator'],
      adminIds: [1],
      idleTimeoutMs: 60_000,
    });
    const told = follow(t, { url: server.url, credentials: { bearer: token } });
    await told.until('pulse');
    server.clock.advance(61_000);
    await told.end;
    assert.deepEqual(told.all('bye'), [{ reason: 'session_ended' }]);
  });

  it('ends when an administrator loses the right, a key is revoked, or the record is changed', async (t) => {
    const { server } = await stage(t);
    const made = await server.asAdmin('POST /v1/admins', {
      username: 'eve',
      password: 'a long enough password',
      accessGroups: ['read'],
    });
    const eve = { basic: { username: 'eve', password: 'a long enough password' } };
    const { told: byKey, id } = await followWithKey(t, server, 'default');
    const byEve = follow(t, { url: server.url, credentials: eve });
    await byEve.until('hello');
    await server.asAdmin(`DELETE /v1/keys/${id}`);
    assert.equal((await byKey.end)?.code, 'unauthenticated');
    assert.deepEqual(byKey.all('bye'), [{ reason: 'rights_changed' }]);
    await server.asAdmin(`PATCH /v1/admins/${made.body.admin.id}`, { accessGroups: ['other'] });
    assert.equal((await byEve.end)?.code, 'forbidden');
    assert.deepEqual(byEve.all('bye'), [{ reason: 'rights_changed' }]);
  });

  it('is refused without credentials or the right, and with an id that is none', async (t) => {
    const server = await startTestServer(t);
    const { token } = await server.register();
    const key = await server.asAdmin('POST /v1/keys', {
      name: 'app',
      realm: 'default',
      scopes: ['register'],
    });
    const status = async (auth: string | undefined, headers: Record<string, string> = {}, query = '') =>
      (await server.ask(`GET /v1/events${query}`, { ...(auth === undefined ? {} : { auth }), headers }))
        .status;
    assert.equal(await status(undefined), 401);
    assert.equal(await status(`Bearer ${token}`), 403);
    assert.equal(await status(`Bearer ${key.body.secret}`), 403);
    const good = basic('admin', aPassword);
    for (const id of ['1', '1.2.3', 'x', '1.-2', `${'9'.repeat(16)}.1`])
      assert.equal(await status(good, { 'last-event-id': id }), 400);
    assert.equal(await status(good, {}, '?after=1'), 400);
  });

  it('takes so many streams of one caller, and another once one is closed', async (t) => {
    const server = await startTestServer(t);
    const followers = Array.from({ length: 16 }, () => follow(t, { url: server.url, credentials: admin }));
    await Promise.all(followers.map((told) => told.until('hello')));
    const refused = await server.asAdmin('GET /v1/events');
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.facts.full, refused.headers.get('retry-after')],
      [429, 'rate_limited', 'caller', '15'],
    );
    await followers[0]?.stop();
    // It waits for its turn as any client does: the server hears of the end a moment later.
    await follow(t, { url: server.url, credentials: admin }).until('hello');
  });

  it('is counted in the metrics while it is open, and when it was refused', async (t) => {
    const server = await startTestServer(t);
    const numbers = async (): Promise<(number | undefined)[]> => {
      const { body } = await server.ask('GET /metrics');
      return [
        'curfew_event_streams',
        'curfew_event_streams_refused_total{full="caller"}',
        'curfew_event_streams_refused_total{full="node"}',
      ].map((name) => {
        const found = String(body)
          .split('\n')
          .find((line) => line.startsWith(`${name} `));
        return found === undefined ? undefined : Number(found.split(' ')[1]);
      });
    };
    assert.deepEqual(await numbers(), [0, 0, 0]);
    const followers = Array.from({ length: 16 }, () => follow(t, { url: server.url, credentials: admin }));
    await Promise.all(followers.map((told) => told.until('hello')));
    for (let n = 0; n < 2; n++) assert.equal((await server.asAdmin('GET /v1/events')).status, 429);
    assert.deepEqual(await numbers(), [16, 2, 0]);
    await Promise.all(followers.map((told) => told.stop()));
    // The server hears of the ends a moment later.
    while ((await numbers())[0] !== 0);
  });

  it('gives back the place of whoever has gone before being let in', async (t) => {
    const server = await startTestServer(t);
    const { hostname, port } = new URL(server.url);
    const request = `GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: ${basic('admin', aPassword)}\r\n\r\n`;
    for (let n = 0; n < 40; n++) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(request, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    const open = async () =>
      /^curfew_event_streams (\d+)$/m.exec((await server.ask('GET /metrics')).body)?.[1];
    while ((await open()) !== '0');
    await follow(t, { url: server.url, credentials: admin, once: true }).until('hello');
  });

  it('says that the server stops, and does not keep it from stopping', async (t) => {
    const { server, told } = await stage(t);
    const single = follow(t, { url: server.url, credentials: admin, once: true });
    await single.until('pulse');
    await told.stop();
    await server.close();
    await single.end;
    assert.deepEqual(single.all('bye'), [{ reason: 'stopping' }]);
  });

  it('is made for proxies: nothing gathers or keeps it, and its headers are those of the API', async (t) => {
    const server = await startTestServer(t);
    const stop = new AbortController();
    const answer = await fetch(`${server.url}/v1/events`, {
      headers: { authorization: basic('admin', aPassword) },
      signal: stop.signal,
    });
    assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(answer.headers.get('cache-control'), 'no-store, no-transform');
    assert.equal(answer.headers.get('x-accel-buffering'), 'no');
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    stop.abort();
    const document = (await server.ask('GET /openapi.json')).body;
    assert.equal(document.paths['/v1/events'].get.operationId, 'events.follow');
    for (const name of ['FollowedRevocation', 'PulseEvent', 'ByeEvent'])
      assert.ok(name in document.components.schemas);
  });
});
