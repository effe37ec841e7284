import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import {
  addGroup,
  groups,
  people,
  person,
  populate,
  searcher,
  searching,
} from '../../sign-in/ldap/ldap-set-up.ts';
import { AfterAll } from '../../support/after-all.ts';
import type { TestServer } from '../../support/http-server.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd } from '../../support/slapd.ts';
import { result } from '../element/client.ts';
import { byIbm, byKibana } from './other-systems.ts';
import { sessionsOf } from './real-identity-providers.ts';
import { Browser, isLive, startSignInServer } from './sign-in-server.ts';

const ana = `uid=ana,${people}`;

describe('sign-in by a directory, through the whole server', {
  skip: skipWithout('slapd', 'openssl'),
}, () => {
  const ends = new AfterAll();
  let slapd: RunningSlapd;
  before(async () => {
    slapd = await startSlapd(ends);
    await populate(slapd, 'ana', 'ben');
    await addGroup(slapd, 'Ops', ana);
  });
  after(() => ends.run());

  async function startWithLdap(
    t: TestContext,
    settings: Record<string, unknown> = {},
  ): Promise<TestServer & { readonly providerId: string }> {
    const server = await startSignInServer(t, { 'sign-in-attempts-per-minute': '10000' });
    const made = await server.asAdmin('POST /v1/providers', {
      ...{ type: 'ldap', realm: 'default', name: 'corp', title: 'Example' },
      settings: { ...searching(slapd), ...settings },
      secrets: { bindPassword: searcher.password },
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.ok(!JSON.stringify(made.body).includes(searcher.password));
    return { ...server, providerId: made.body.provider.id };
  }

  /** Signs in by name and password on the page of the provider. */
  async function enter(server: TestServer, username: string, password = `password of ${username}`) {
    const browser = new Browser(server);
    const page = await browser.open('/sign-in');
    return { browser, page: await browser.submit(page, { provider: 'corp', username, password }) };
  }

  it('takes name and password, and makes a session with what the directory says', async (t) => {
    const server = await startWithLdap(t, { attributes: { name: 'cn' }, groups: { Ops: ['operators'] } });
    const { browser, page } = await enter(server, 'ANA', 'password of ana');
    assert.equal(page.url.pathname, '/me');
    assert.equal(await isLive(server, browser.token), true);
    const [session] = await sessionsOf(server, 'username=ana');
    assert.equal(session?.subject, ana);
    assert.deepEqual(session?.provider, { type: 'ldap', name: 'corp' });
    assert.deepEqual(session?.accessGroups, ['operators']);
    assert.equal(session?.attributes.name, 'ana');
    assert.equal(session?.providerConfigVersion, 1);
  });

  it('tells a wrong password and an unknown name alike, and an empty password nothing else', async (t) => {
    const server = await startWithLdap(t);
    const told = new Set<string>();
    for (const [username, password] of [
      ['ana', 'wrong'],
      ['nobody', 'wrong'],
      ['*', 'password of ana'],
    ] as const) {
      const { browser, page } = await enter(server, username, password);
      assert.equal(browser.token, undefined);
      told.add(`${page.status} ${page.text.replaceAll(/value="[^"]*"/g, '')}`);
    }
    assert.equal(told.size, 1);
    const { browser } = await enter(server, 'ana', '');
    assert.equal(browser.token, undefined);
  });

  it('says that the provider cannot be asked when no server of the directory can', async (t) => {
    const server = await startWithLdap(t, { servers: ['ldap://127.0.0.1:1'] });
    const { browser, page } = await enter(server, 'ana');
    assert.equal(page.status, 503);
    assert.equal(browser.token, undefined);
  });

  it('tries the directory step by step', async (t) => {
    const server = await startWithLdap(t);
    const tried = await server.asAdmin(`POST /v1/providers/${server.providerId}/test`);
    assert.equal(tried.status, 200, JSON.stringify(tried.body));
    assert.ok(tried.body.steps.includes(`bound as ${searcher.dn}`), JSON.stringify(tried.body));
  });

  it("gives whoever is in a group the rights of an administrator's record for it, until the group does not", async (t) => {
    const server = await startWithLdap(t);
    const { clusterAdminID } = await result(server, 'AddLdapClusterAdmin', {
      username: `CN=ops, ${groups}`,
      access: ['administrator'],
      acceptEula: true,
    });
    await slapd.add(`uid=kim,${people}`, person('kim'));
    const member = `cn=Ops,${groups}`;
    await slapd.replace(member, 'member', ana, `uid=kim,${people}`);
    const [kim, ben] = [await enter(server, 'kim'), await enter(server, 'ben')];
    const ask = (token: string | undefined) => server.ask('GET /v1/sessions', { auth: `Bearer ${token}` });
    assert.equal((await ask(kim.browser.token)).status, 200);
    assert.equal((await ask(ben.browser.token)).status, 403);
    const [session] = await sessionsOf(server, 'username=kim');
    assert.deepEqual(session?.adminIds, [clusterAdminID]);
    await slapd.replace(member, 'member', ana);
    const read = await server.asAdmin(`POST /v1/sessions/${session?.id}/reread`);
    assert.equal(read.status, 200, JSON.stringify(read.body));
    assert.deepEqual([read.body.session.adminIds, read.body.session.accessGroups], [[], []]);
    assert.equal((await ask(kim.browser.token)).status, 403);
  });

  it('Element names the session by DN, Kibana by type and name of the provider, IBM by username; each ends it and no other', async (t) => {
    const server = await startWithLdap(t);
    const { browser: other } = await enter(server, 'ben');
    // Somebody of the same name whom Curfew knows itself is somebody else.
    const namesake = await server.register({ username: 'ana' });
    const waysToEnd: Record<string, () => Promise<unknown>> = {
      Element: async () => {
        const byDn = { username: ana, authMethod: 'Ldap' };
        const { sessions } = await result(server, 'ListAuthSessionsByUsername', byDn);
        assert.deepEqual([sessions.length, sessions[0].authMethod, sessions[0].username], [1, 'Ldap', ana]);
        for (const wrong of [
          { username: ana, authMethod: 'Idp' },
          { username: 'ana', authMethod: 'Ldap' },
        ]) {
          assert.deepEqual((await result(server, 'DeleteAuthSessionsByUsername', wrong)).sessions, []);
        }
        return result(server, 'DeleteAuthSessionsByUsername', byDn);
      },
      Kibana: async () => {
        const elsewhere = { provider: { type: 'ldap', name: 'other' }, username: 'ana' };
        assert.equal(await byKibana(server, elsewhere), 0);
        const query = { provider: { type: 'ldap', name: 'corp' }, username: 'ana' };
        assert.equal(await byKibana(server, query), 1);
      },
    };
    for (const [system, end] of Object.entries(waysToEnd)) {
      const { browser } = await enter(server, 'ana');
      assert.equal(await isLive(server, browser.token), true, system);
      await end();
      assert.equal(await isLive(server, browser.token), false, system);
      assert.equal(await isLive(server, other.token), true, system);
      assert.equal(await isLive(server, namesake.token), true, system);
    }
    // IBM has no word for the provider: it means everybody of the name.
    const { browser } = await enter(server, 'ana');
    assert.match(await byIbm(server, 'session list ana 10 -realm default'), /ana +ldap\/corp/);
    await byIbm(server, 'session terminate all_sessions ana -realm default');
    assert.deepEqual(
      await Promise.all([browser.token, namesake.token, other.token].map((token) => isLive(server, token))),
      [false, false, true],
    );
  });

  it('a cut that is made while the directory is asked leaves no session behind', async (t) => {
    const server = await startWithLdap(t, { connectTimeout: '30s', timeout: '30s' });
    const browser = new Browser(server);
    const page = await browser.open('/sign-in');
    slapd.signal('SIGSTOP');
    let submitted: ReturnType<Browser['submit']>;
    try {
      submitted = browser.submit(page, {
        provider: 'corp',
        username: 'ana',
        password: 'password of ana',
      });
      const selector = { realm: 'default', provider: { type: 'ldap', name: 'corp' } };
      assert.equal(
        (await server.asAdmin('POST /v1/revocations', { selector, reason: 'a drill' })).status,
        201,
      );
    } finally {
      slapd.signal('SIGCONT');
    }
    assert.equal((await submitted).status, 409);
    assert.equal(browser.token, undefined);
    assert.deepEqual(await sessionsOf(server, 'username=ana'), []);
  });
});
