import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { follow } from '../../support/events.ts';
import { basic, startTestServer, type TestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';

const password = 'a long enough password';

/** An administrator with the right `read` in one realm, and the tokens of sessions of theirs. */
async function reader(server: TestServer, username: string, sessions: number) {
  const made = await server.asAdmin('POST /v1/admins', {
    username,
    password,
    accessGroups: ['read'],
    realm: 'default',
  });
  const tokens: string[] = [];
  for (let n = 0; n < sessions; n++) {
    const changes = { username, accessGroups: ['read'], adminIds: [made.body.admin.id] };
    tokens.push((await server.register(changes)).token);
  }
  return { tokens, basic: { username, password } };
}

async function open(
  t: TestContext,
  server: TestServer,
  credentials: Parameters<typeof follow>[1]['credentials'],
) {
  const told = follow(t, { url: server.url, credentials });
  await told.until('hello');
  return told;
}

async function refusal(server: TestServer, auth: string): Promise<unknown[]> {
  const { status, body } = await server.ask('GET /v1/events', { auth });
  return [status, body.code, body.facts.full];
}

describe('the places for streams of events', () => {
  it('are counted by person: one in many sessions has 16, and another still gets in', async (t) => {
    const server = await startTestServer(t);
    const eve = await reader(server, 'eve', 17);
    const bob = await reader(server, 'bob', 1);
    const streams = [];
    for (const bearer of eve.tokens.slice(0, 16)) streams.push(await open(t, server, { bearer }));
    const full = [429, 'rate_limited', 'caller'];
    for (const token of [eve.tokens[0], eve.tokens[16]])
      assert.deepEqual(await refusal(server, `Bearer ${token}`), full);
    assert.deepEqual(await refusal(server, basic('eve', password)), full);
    await open(t, server, { bearer: bob.tokens[0] ?? '' });
    await streams[0]?.stop();
    await open(t, server, { bearer: eve.tokens[16] ?? '' });
  });

  it('are counted by user where a provider signs in, though one record stands for a group of them', async (t) => {
    const server = await startTestServer(t);
    const made = await server.asAdmin('POST /v1/admins', {
      username: 'a group',
      authMethod: 'Idp',
      accessGroups: ['read'],
      realm: 'default',
    });
    const tokenOf = async (username: string): Promise<string> =>
      (
        await server.register({
          username,
          accessGroups: ['read'],
          adminIds: [made.body.admin.id],
          provider: { type: 'oidc', name: 'corp' },
        })
      ).token;
    for (let n = 0; n < 16; n++) await open(t, server, { bearer: await tokenOf('eve') });
    assert.deepEqual(await refusal(server, `Bearer ${await tokenOf('eve')}`), [
      429,
      'rate_limited',
      'caller',
    ]);
    await open(t, server, { bearer: await tokenOf('bob') });
  });

  it('are kept in part for those who may reach every realm or hold administrator', async (t) => {
    const server = await startTestServer(t);
    for (let n = 0; n < 12; n++) {
      const key = await server.asAdmin('POST /v1/keys', {
        name: `k${n}`,
        realm: 'default',
        scopes: ['list'],
      });
      const bearer = key.body.secret as string;
      await Promise.all(Array.from({ length: 16 }, () => open(t, server, { bearer })));
    }
    const eve = await reader(server, 'eve', 1);
    const full = [429, 'rate_limited', 'node'];
    assert.deepEqual(await refusal(server, basic('eve', password)), full);
    assert.deepEqual(await refusal(server, `Bearer ${eve.tokens[0]}`), full);
    await open(t, server, { basic: { username: 'admin', password: aPassword } });
    await server.asAdmin('POST /v1/admins', {
      username: 'head',
      password,
      accessGroups: ['administrator'],
      realm: 'default',
    });
    await open(t, server, { basic: { username: 'head', password } });
    assert.deepEqual(await refusal(server, basic('eve', password)), full);
  });
});
