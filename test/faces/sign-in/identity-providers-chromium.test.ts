import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, openContext } from '../../support/chromium.ts';
import { startTestServer, type TestServer } from '../../support/http-server.ts';
import { startOidcProvider } from '../../support/oidc-provider-process.ts';
import { freePort } from '../../support/ports.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { startSamlIdp } from '../../support/saml-idp-process.ts';
import { addOidc, addSaml, corpTitle, flags, presentClock } from './real-identity-providers.ts';

describe('a person with a browser, at identity providers', { skip: skipWithout('chromium') }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });

  after(() => browser?.close());

  /** Another site than that of the identity providers, which are at 127.0.0.1. */
  const openServer = async (t: TestContext): Promise<{ server: TestServer; place: string; page: Page }> => {
    const port = await freePort();
    const place = `http://localhost:${port}`;
    const server = await startTestServer(
      t,
      { ...flags, port: String(port), 'sign-in-public-url': place },
      presentClock(),
    );
    const context = await openContext(browser);
    t.after(() => context.close());
    return { server, place, page: await context.newPage() };
  };

  /** Chooses the provider on Curfew's page and gives a name on its own. */
  const signIn = async (
    page: Page,
    place: string,
    username: string,
    meanwhile: () => Promise<void> = async () => {},
  ): Promise<void> => {
    await page.goto(`${place}/me`);
    await page.getByRole('link', { name: `Sign in with ${corpTitle}` }).click();
    await page.getByLabel('Name').fill(username);
    await meanwhile();
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  const endAndSeeItRefused = async (server: TestServer, page: Page, username: string): Promise<void> => {
    const selector = { username, provider: { name: 'corp' } };
    const { body } = await server.asAdmin('POST /v1/revocations', { selector, reason: 'lost laptop' });
    assert.equal(body.matched, 1);
    await page.reload();
    assert.equal(new URL(page.url()).pathname, '/sign-in');
  };

  it('signs in by OpenID Connect, is ended by an administrator, and is led to sign-in again', async (t) => {
    const { server, place, page } = await openServer(t);
    const idp = await startOidcProvider(t, {
      client: { redirect_uris: [`${place}/sign-in/default/corp/callback`] },
    });
    await addOidc(server, idp);
    await signIn(page, place, 'ana');
    await page.waitForURL(`${place}/me`);
    await page.getByText('ana.ruiz').first().waitFor();
    await endAndSeeItRefused(server, page, 'ana.ruiz');
  });

  it('signs in by SAML across sites, is ended by an administrator, and signs in again', async (t) => {
    const { server, place, page } = await openServer(t);
    await addSaml(server, await startSamlIdp(t), { usernameAttribute: 'uid' });
    for (let round = 1; round <= 2; round++) {
      await signIn(page, place, 'ana@example.org');
      await page.waitForURL(`${place}/me`);
      await page.getByText('ana.ruiz').first().waitFor();
      await endAndSeeItRefused(server, page, 'ana.ruiz');
    }
  });

  it('signs in by SAML although the browser holds its cookies back, from a page that sends the answer on', async (t) => {
    const { server, place, page } = await openServer(t);
    await addSaml(server, await startSamlIdp(t), { usernameAttribute: 'uid' });
    // Without a SameSite of its own Chromium lets a cookie cross sites for its first two minutes, other browsers never.
    await signIn(page, place, 'ana@example.org', async () => {
      const cookies = await page.context().cookies(place);
      await page.context().addCookies(cookies.map((cookie) => ({ ...cookie, sameSite: 'Lax' as const })));
    });
    await page.waitForURL(`${place}/sign-in/default/corp/callback`);
    await page.getByRole('button').click();
    await page.waitForURL(`${place}/me`);
  });
});
