import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { oidcUsers } from '../../support/oidc-provider-process.ts';
import { result } from '../element/client.ts';
import { sessionsOf, startWithOidc } from './real-identity-providers.ts';
import { Browser, isLive } from './sign-in-server.ts';

describe('sign-in by OpenID Connect, through the whole server', () => {
  it('leads to the issuer and back, and makes a session with everything that the issuer said', async (t) => {
    const { server, signIn } = await startWithOidc(t, {
      groups: { ops: ['operators'] },
      attributes: { mail: 'email' },
    });
    const browser = new Browser(server);
    const me = await signIn(browser, 'ana', '?return=/me');
    assert.equal(me.url.href, `${server.url}/me`);
    assert.match(me.text, /ana\.ruiz/);
    assert.equal(await isLive(server, browser.token), true);
    const [session] = await sessionsOf(server, 'username=ana.ruiz');
    assert.equal(session?.subject, 'ana');
    assert.deepEqual(session?.provider, { type: 'oidc', name: 'corp' });
    assert.deepEqual(session?.accessGroups, ['operators', 'staff']);
    assert.ok(session?.providerSession);
    assert.equal(session?.providerConfigVersion, 1);
    assert.equal(session?.client.ip, '127.0.0.1');
    assert.equal(session?.attributes.acr, 'silver');
    assert.equal(session?.attributes.amr, 'pwd otp');
    assert.equal(session?.attributes.mail, 'ana@example.org');
    assert.match(session?.attributes.authTime ?? '', /^20/);
  });

  it('makes a fresh token at each sign-in, and ends the session that the browser had', async (t) => {
    const { server, signIn } = await startWithOidc(t);
    const browser = new Browser(server);
    browser.token = `cfs_${'A'.repeat(43)}`;
    await signIn(browser, 'ana');
    const first = browser.token as string;
    assert.notEqual(first, `cfs_${'A'.repeat(43)}`);
    await signIn(browser, 'ana', '?again=1');
    assert.notEqual(browser.token, first);
    assert.equal(await isLive(server, first), false);
    assert.equal(await isLive(server, browser.token), true);
  });

  it('an answer makes one session, also when it is brought again with everything that the browser had', async (t) => {
    const { server, start, authenticate } = await startWithOidc(t);
    const browser = new Browser(server);
    const page = await start(browser);
    const answer = await authenticate(browser, page, 'ana');
    const before = new Map([...browser.cookies].map(([host, jar]) => [host, new Map(jar)]));
    await answer.bring(browser);
    const thief = new Browser(server);
    for (const [host, jar] of before) thief.cookies.set(host, jar);
    const refused = await answer.bring(thief);
    assert.equal(refused.status, 403);
    assert.equal(thief.token, undefined);
    assert.equal((await sessionsOf(server, 'username=ana.ruiz')).length, 1);
  });

  it('an answer brought by another browser signs nobody in there', async (t) => {
    const { server, start, authenticate } = await startWithOidc(t);
    const attacker = new Browser(server);
    const answer = await authenticate(attacker, await start(attacker), 'ana');
    const victim = new Browser(server);
    const page = await answer.bring(victim);
    assert.equal(victim.token, undefined);
    assert.equal(page.status, 400);
    // Nor does it help that the victim is signing in at the same time.
    await start(victim);
    await answer.bring(victim);
    assert.equal(victim.token, undefined);
  });

  it('a logout at the issuer ends that session and no other, once, with its cause in the ledger', async (t) => {
    const { server, idp, signIn } = await startWithOidc(t);
    const [one, two] = [new Browser(server), new Browser(server)];
    await signIn(one, 'ana');
    await signIn(two, 'ana');
    assert.equal((await sessionsOf(server, 'username=ana.ruiz')).length, 2);
    const confirm = await one.visit(`${idp.issuer}/session/end`);
    await one.submit(confirm);
    assert.equal(await isLive(server, one.token), false);
    assert.equal(await isLive(server, two.token), true);
    const { body } = await server.asAdmin('GET /v1/revocations');
    assert.equal(body.revocations[0].matched, 1);
    assert.match(body.revocations[0].reason, /provider corp/);
    assert.equal(body.revocations[0].face, 'sign-in');
    assert.ok(body.revocations[0].selector.providerSession);
  });

  it('signing out here ends the session first and then leads to the issuer and back', async (t) => {
    const { server, idp, signIn } = await startWithOidc(t);
    const browser = new Browser(server);
    await signIn(browser, 'ana');
    const { token } = browser;
    const done = await browser.submit(await browser.open('/sign-out'));
    assert.equal(await isLive(server, token), false);
    const next = /2; url=(.*)$/.exec(done.headers.get('refresh') ?? '')?.[1];
    assert.ok(next?.startsWith(`${idp.issuer}/session/end?`));
    const back = await browser.submit(await browser.visit(next as string));
    assert.equal(back.url.href, `${server.url}/sign-out/done`);
  });

  it('an administrator may be told by a claim, and has the rights of the record', async (t) => {
    const { server, signIn } = await startWithOidc(t);
    const { clusterAdminID } = await result(server, 'AddIdpClusterAdmin', {
      username: 'groups=ops',
      access: ['administrator'],
      acceptEula: true,
    });
    const [ana, ben] = [new Browser(server), new Browser(server)];
    await signIn(ana, 'ana');
    await signIn(ben, 'ben');
    const [session] = await sessionsOf(server, 'username=ana.ruiz');
    assert.deepEqual(session?.adminIds, [clusterAdminID]);
    const asAna = await server.ask('GET /v1/sessions', { auth: `Bearer ${ana.token}` });
    assert.equal(asAna.status, 200);
    const asBen = await server.ask('GET /v1/sessions', { auth: `Bearer ${ben.token}` });
    assert.equal(asBen.status, 403);
  });

  it('authentication anew is asked of the issuer by max_age', async (t) => {
    const { server, start, signIn, authenticate } = await startWithOidc(t);
    const browser = new Browser(server);
    await signIn(browser, 'ana');
    const page = await start(browser, '?max_age=0');
    assert.match(page.text, /Test issuer/, 'although the issuer knows the browser');
    const me = await (await authenticate(browser, page, 'ana')).bring(browser);
    assert.equal(me.url.pathname, '/me');
  });

  it('rights are read anew from the issuer when the session keeps a refresh token', async (t) => {
    const { server, idp, signIn } = await startWithOidc(t, { refreshClaims: true });
    const browser = new Browser(server);
    await signIn(browser, 'ana');
    const [session] = await sessionsOf(server, 'username=ana.ruiz');
    await idp.change({ ...oidcUsers, ana: { ...oidcUsers.ana, groups: ['audit'] } });
    const read = await server.asAdmin(`POST /v1/sessions/${session?.id}/reread`);
    assert.equal(read.status, 200, JSON.stringify(read.body));
    const [now] = await sessionsOf(server, 'username=ana.ruiz');
    assert.deepEqual(now?.accessGroups, ['audit']);
    assert.equal(now?.attributes.acr, 'silver');
  });

  it('what the issuer refuses, or a user without a name, is told plainly, and the reason stands in the log', async (t) => {
    const { server, signIn } = await startWithOidc(t);
    const browser = new Browser(server);
    const refused = await signIn(browser, 'stranger');
    assert.equal(refused.status, 403);
    assert.ok(!refused.text.includes('access_denied'));
    assert.ok(server.logged.some((line) => line.includes('access_denied')));
    const nameless = await signIn(new Browser(server), 'nameless');
    assert.equal(nameless.status, 403);
    assert.ok(server.logged.some((line) => line.includes('set usernameClaim')));
  });

  it('tokens, codes and secrets stand in no log', async (t) => {
    const { server, start, authenticate } = await startWithOidc(t);
    const browser = new Browser(server);
    const answer = await authenticate(browser, await start(browser), 'ana');
    await answer.bring(browser);
    const log = server.logged.join('\n');
    assert.ok(!log.includes(answer.url.searchParams.get('code') as string));
    assert.ok(!log.includes(browser.token as string));
    assert.ok(!log.includes('a secret of the tests'));
  });
});
