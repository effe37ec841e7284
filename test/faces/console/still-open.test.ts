import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestServer } from '../../support/http-server.ts';
import {
  corpTitle,
  flags,
  presentClock,
  startWithOidc,
  startWithSaml,
} from '../sign-in/real-identity-providers.ts';
import { Browser, isLive, signIn, startSignInServer } from '../sign-in/sign-in-server.ts';

/** What a browser says of a request that a page of the console makes. */
const ownPage = { 'sec-fetch-site': 'same-origin', 'curfew-face': 'console' };
const ana = 'ana@example.org';

/** Goes on in the console as whoever is signed in, and signs out there. @returns what is said to be open still */
async function throughConsole(server: TestServer, browser: Browser) {
  const { token } = browser;
  const adopted = await server.ask('POST /console/session/adopt', {
    headers: { ...ownPage, cookie: `curfew_session=${token}` },
  });
  assert.equal(adopted.status, 200, JSON.stringify(adopted.body));
  const left = await server.ask('DELETE /console/session', {
    headers: { ...ownPage, cookie: `curfew_console=${token}` },
  });
  assert.equal(left.status, 200);
  assert.equal(await isLive(server, token), false);
  return left.body.stillOpen as { title: string; url?: string } | undefined;
}

describe('signing out of the console says what stays open', () => {
  it('at an issuer of OpenID Connect, which is told who leaves without a token of theirs', async (t) => {
    const { server, idp, signIn: byIssuer } = await startWithOidc(t);
    const browser = new Browser(server);
    await byIssuer(browser, 'ana');
    const open = await throughConsole(server, browser);
    assert.equal(open?.title, corpTitle);
    const { href, searchParams } = new URL(open?.url ?? '');
    assert.ok(href.startsWith(`${idp.issuer}/session/end?`));
    assert.deepEqual([...searchParams.keys()].sort(), [
      'client_id',
      'logout_hint',
      'post_logout_redirect_uri',
    ]);
    const back = await browser.submit(await browser.visit(href));
    assert.equal(back.url.href, `${server.url}/sign-out/done`);
  });

  it('at an identity provider of SAML, by single logout', async (t) => {
    const { server, idp, signIn: bySaml } = await startWithSaml(t);
    const browser = new Browser(server);
    await bySaml(browser, ana);
    const open = await throughConsole(server, browser);
    assert.ok(open?.url?.startsWith(`${idp.base}/slo?SAMLRequest=`), open?.url);
    const back = await browser.visit(open?.url ?? '');
    assert.equal(back.url.href, `${server.url}/sign-out/done`);
  });

  it('at a provider that cannot be led to, without a link that would not work', async (t) => {
    const { server, idp, signIn: bySaml } = await startWithSaml(t);
    const browser = new Browser(server);
    await bySaml(browser, ana);
    const [provider] = (await server.asAdmin('GET /v1/providers?realm=default')).body.providers.filter(
      ({ name }: { name: string }) => name === 'corp',
    );
    // Without a key of its own Curfew signs no request for logout, and none that is not signed is taken.
    const without = { settings: { metadataUrl: idp.metadataUrl }, secrets: { privateKey: null } };
    const changed = await server.asAdmin(`PATCH /v1/providers/${provider.id}`, without);
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.deepEqual(await throughConsole(server, browser), { title: corpTitle });
  });

  it('and nothing of whoever signed in here by a password', async (t) => {
    const server = await startSignInServer(t, flags, presentClock());
    const browser = new Browser(server);
    await signIn(browser);
    assert.equal(await throughConsole(server, browser), undefined);
  });
});
