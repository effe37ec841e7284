import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestServer } from '../../support/http-server.ts';
import { startSamlIdp } from '../../support/saml-idp-process.ts';
import { formOf } from '../../support/web-agent.ts';
import { result } from '../element/client.ts';
import { byIbm, byKibana } from './other-systems.ts';
import {
  flags,
  presentClock,
  samlAnswer,
  sessionsOf,
  startWithSaml,
  withFlow,
} from './real-identity-providers.ts';
import { Browser, isLive, startSignInServer } from './sign-in-server.ts';

const ana = 'ana@example.org';
const ben = 'ben@example.org';

describe('sign-in by SAML, through the whole server', () => {
  it('leads to the identity provider and back, and makes a session with everything that it said', async (t) => {
    const { server, start, authenticate } = await startWithSaml(
      t,
      { usernameAttribute: 'uid', groups: { ops: ['operators'] } },
      { sessionMs: 600_000 },
    );
    const browser = new Browser(server);
    const answer = await authenticate(browser, await start(browser), ana);
    const sent = Buffer.from(answer.form?.SAMLResponse ?? '', 'base64').toString();
    const me = await answer.bring(browser);
    assert.equal(me.url.href, `${server.url}/me`);
    const [session] = await sessionsOf(server, 'username=ana.ruiz');
    assert.equal(session?.subject, ana);
    assert.deepEqual(session?.provider, { type: 'saml', name: 'corp' });
    assert.deepEqual(session?.accessGroups, ['operators', 'staff']);
    assert.match(session?.providerSession ?? '', /^_/);
    const [, end] = /SessionNotOnOrAfter="([^"]+)"/.exec(sent) ?? [];
    assert.ok(end !== undefined && Math.abs(Date.parse(session?.expiresAt ?? '') - Date.parse(end)) < 10_000);
  });

  it('an answer without the cookies that browsers hold back is sent on by a page that needs no script', async (t) => {
    const { server, start, authenticate } = await startWithSaml(t);
    const browser = new Browser(server);
    const answer = await authenticate(browser, await start(browser), ana);
    const bare = new Browser(server);
    const page = await answer.bring(bare);
    assert.equal(page.status, 400, 'the page has sent the form on, and still nobody knows the browser');
    assert.equal(bare.token, undefined);
    const { host } = new URL(server.url);
    const kept = browser.cookies.get(host);
    assert.ok(kept);
    browser.cookies.set(host, new Map());
    const posting = await browser.request(answer.url, { form: answer.form ?? {} });
    assert.match(posting.text, /SAMLResponse/);
    browser.cookies.set(host, kept);
    assert.equal((await browser.submit(posting)).url.pathname, '/me');
  });

  it('the same answer makes one session, also after a restart of the server', async (t) => {
    const { server, start, authenticate } = await startWithSaml(t);
    const browser = new Browser(server);
    const answer = await authenticate(browser, await start(browser), ana);
    const before = new Map([...browser.cookies].map(([host, jar]) => [host, new Map(jar)]));
    await answer.bring(browser);
    const bringAgain = async () => {
      const thief = new Browser(server);
      for (const [host, jar] of before) thief.cookies.set(host, new Map(jar));
      assert.equal((await answer.bring(thief)).status, 403);
      assert.equal(thief.token, undefined);
    };
    await bringAgain();
    await server.close();
    const { port } = new URL(server.url);
    const restarted = await startTestServer(
      t,
      { ...flags, port, data: server.data, 'sign-in-public-url': server.url },
      presentClock(),
    );
    await bringAgain();
    assert.equal((await sessionsOf(restarted, `subject=${ana}`)).length, 1);
  });

  it('an answer to the request of another browser is refused', async (t) => {
    const { server, start, authenticate } = await startWithSaml(t);
    const attacker = new Browser(server);
    const answer = await authenticate(attacker, await start(attacker), ana);
    const victim = new Browser(server);
    await start(victim);
    const page = await answer.bring(victim);
    assert.equal(page.status, 403);
    assert.equal(victim.token, undefined);
    assert.ok(server.logged.some((line) => line.includes('request of this browser')));
  });

  it('two sign-ins of one browser at once are told apart', async (t) => {
    const { server, start, authenticate } = await startWithSaml(t);
    const browser = new Browser(server);
    const [first, second] = [await start(browser), await start(browser)];
    const one = await authenticate(browser, first, ana);
    assert.equal((await one.bring(browser)).url.pathname, '/me');
    const two = await authenticate(browser, second, ben);
    assert.match((await two.bring(browser)).text, /ben@example\.org/);
  });

  for (const binding of ['redirect', 'post'] as const) {
    it(`a logout at the identity provider, by ${binding}, ends the user's sessions and no other, once`, async (t) => {
      const { server, idp, signIn } = await startWithSaml(t);
      const [one, other] = [new Browser(server), new Browser(server)];
      await signIn(one, ana);
      await signIn(other, ben);
      const [session] = await sessionsOf(server, `subject=${ana}`);
      const start = `${idp.base}/start-logout?binding=${binding}&session=${session?.providerSession}`;
      const sent = await one.visit(start, { until: `${server.url}/sign-in/` });
      const message = binding === 'redirect' ? undefined : formOf(sent);
      const deliver = () =>
        message === undefined ? one.visit(sent.url) : one.visit(message.action, { form: message.values });
      const done = await deliver();
      assert.match(done.text, /signed out everywhere/);
      assert.equal(await isLive(server, one.token), false);
      assert.equal(await isLive(server, other.token), true);
      const again = new Browser(server);
      await signIn(again, ana);
      await deliver();
      assert.equal(await isLive(server, again.token), true, 'the message does not count twice');
    });
  }

  it('signing out here ends the session first, then that of the identity provider, and leads back', async (t) => {
    const { server, idp, signIn } = await startWithSaml(t);
    const browser = new Browser(server);
    await signIn(browser, ana);
    const { token } = browser;
    const done = await browser.submit(await browser.open('/sign-out'));
    assert.equal(await isLive(server, token), false);
    const next = /2; url=(.*)$/.exec(done.headers.get('refresh') ?? '')?.[1];
    assert.ok(next?.startsWith(`${idp.base}/slo?SAMLRequest=`));
    const back = await browser.visit(next as string);
    assert.equal(back.url.href, `${server.url}/sign-out/done`);
  });
});

describe('a session by SAML, as the other systems see it', () => {
  it('Element names it by NameID, Kibana by type and name of the provider, IBM by username; each ends it and no other', async (t) => {
    const { server, signIn } = await startWithSaml(t, { usernameAttribute: 'uid' });
    const other = new Browser(server);
    await signIn(other, ben);
    const ends: Record<string, () => Promise<unknown>> = {
      Element: async () => {
        const named = await result(server, 'ListAuthSessionsByUsername', {
          username: ana,
          authMethod: 'Idp',
        });
        assert.equal(named.sessions.length, 1);
        assert.equal(named.sessions[0].authMethod, 'Idp');
        const wrongly = await result(server, 'DeleteAuthSessionsByUsername', {
          username: ana,
          authMethod: 'Ldap',
        });
        assert.deepEqual(wrongly.sessions, []);
        return result(server, 'DeleteAuthSessionsByUsername', { username: ana, authMethod: 'Idp' });
      },
      Kibana: async () => {
        const elsewhere = { provider: { type: 'saml', name: 'other' }, username: 'ana.ruiz' };
        assert.equal(await byKibana(server, elsewhere), 0);
        const query = { provider: { type: 'saml', name: 'corp' }, username: 'ana.ruiz' };
        assert.equal(await byKibana(server, query), 1);
      },
      IBM: async () => {
        assert.match(await byIbm(server, 'session list ana.ruiz 10 -realm default'), /ana\.ruiz +saml\/corp/);
        return byIbm(server, 'session terminate all_sessions ana.ruiz -realm default');
      },
    };
    for (const [system, end] of Object.entries(ends)) {
      const browser = new Browser(server);
      await signIn(browser, ana);
      assert.equal(await isLive(server, browser.token), true, system);
      await end();
      assert.equal(await isLive(server, browser.token), false, system);
      assert.equal(await isLive(server, other.token), true, system);
    }
  });

  it('without a NameID that lasts, Element names it by the random UUID that was made with the session', async (t) => {
    const { server, signIn } = await startWithSaml(t, { usernameAttribute: 'uid' }, { isTransient: true });
    const [one, two] = [new Browser(server), new Browser(server)];
    await signIn(one, ana);
    await signIn(two, ana);
    const sessions = await sessionsOf(server, 'username=ana.ruiz');
    assert.equal(sessions.length, 2);
    for (const { subject } of sessions) assert.match(subject, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.notEqual(sessions[0]?.subject, sessions[1]?.subject);
    const mine = sessions[1]?.subject;
    const { sessions: ended } = await result(server, 'DeleteAuthSessionsByUsername', {
      username: mine,
      authMethod: 'Idp',
    });
    assert.deepEqual(
      ended.map(({ sessionID }: { sessionID: string }) => sessionID),
      [sessions[1]?.id],
    );
    const alive = await Promise.all([one, two].map(({ token }) => isLive(server, token)));
    assert.deepEqual(alive.sort(), [false, true]);
  });

  it('an identity provider made with CreateIdpConfiguration signs people in, once it is enabled', async (t) => {
    const server = await startSignInServer(t, flags, presentClock());
    const idp = await startSamlIdp(t);
    const { idpConfigInfo } = await result(server, 'CreateIdpConfiguration', {
      idpMetadata: idp.metadata,
      idpName: 'corp',
    });
    // The identity provider is told of Curfew before anybody signs in by it.
    const { pathname } = new URL(idpConfigInfo.spMetadataUrl);
    const metadata = String((await server.ask(`GET ${pathname}`)).body);
    assert.equal((await server.ask('GET /sign-in/default/corp/start')).status, 404, 'not yet enabled');
    const id = idpConfigInfo.idpConfigurationID;
    await result(server, 'EnableIdpAuthentication', { idpConfigurationID: id });
    const body = idpConfigInfo.serviceProviderCertificate.replace(/-----[^-]+-----|\s/g, '');
    assert.ok(metadata.includes(body), 'with the certificate that Element names');
    await idp.tell({ serviceProvider: metadata });
    const { clusterAdminID } = await result(server, 'AddIdpClusterAdmin', {
      username: `NameID=${ana}`,
      access: ['administrator'],
      acceptEula: true,
    });
    const { signIn } = withFlow(server, idp, samlAnswer);
    const browser = new Browser(server);
    await signIn(browser, ana);
    const [session] = await sessionsOf(server, `subject=${ana}`);
    assert.deepEqual(session?.adminIds, [clusterAdminID]);
    const { sessions } = await result(server, 'ListAuthSessionsByClusterAdmin', { clusterAdminID });
    assert.equal(sessions[0].sessionID, session?.id);
    assert.equal(sessions[0].username, ana);
    await result(server, 'DisableIdpAuthentication', {});
    assert.equal(await isLive(server, browser.token), false);
    assert.equal((await server.ask('GET /sign-in/default/corp/start')).status, 404);
  });
});
