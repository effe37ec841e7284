import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page, Response } from 'playwright-core';
import { people, populate, searcher, searching } from '../sign-in/ldap/ldap-set-up.ts';
import { AfterAll } from '../support/after-all.ts';
import { launchChromium, openContext } from '../support/chromium.ts';
import { aClient, startOidcProvider } from '../support/oidc-provider-process.ts';
import { skipWithout } from '../support/real-parts.ts';
import { startSamlIdp } from '../support/saml-idp-process.ts';
import { newKeyPair } from '../support/saml-messages.ts';
import { startSlapd } from '../support/slapd.ts';
import {
  addLocalUser,
  isAtSignIn,
  type ProtectedApplication,
  received,
  startProtectedApplication,
} from './protected-application.ts';
import { type EndedPerson, waysToEnd } from './ways-to-end.ts';

const report = '/report?month=5&x=%26';
const annsPassword = 'ann keeps this to herself';

/** Somebody who signs in by one of the providers, all of which the page offers. */
interface Person extends EndedPerson {
  readonly skip?: string | false;
  /** Puts the provider there, with this person at it. */
  prepare(application: ProtectedApplication, ends: AfterAll): Promise<void>;
  /** Chooses the provider and says who they are, wherever that is asked. */
  signIn(page: Page, isKnown: boolean): Promise<void>;
}

const persons: Readonly<Record<string, Person>> = {
  "Curfew's own password": {
    username: 'ann',
    subject: 'ann',
    provider: { type: 'basic', name: 'basic' },
    authMethod: 'Cluster',
    prepare: (application) => addLocalUser(application, 'ann', annsPassword),
    signIn: (page) => givePassword(page, { provider: 'basic', username: 'ann', password: annsPassword }),
  },
  'a directory': {
    username: 'dora',
    subject: `uid=dora,${people}`,
    provider: { type: 'ldap', name: 'directory' },
    authMethod: 'Ldap',
    skip: skipWithout('slapd', 'openssl'),
    async prepare({ call }, ends) {
      const slapd = await startSlapd(ends);
      await populate(slapd, 'dora');
      await call('POST /v1/providers', {
        ...{ realm: 'default', type: 'ldap', name: 'directory', title: 'Example directory' },
        settings: searching(slapd),
        secrets: { bindPassword: searcher.password },
      });
    },
    signIn: (page) =>
      givePassword(page, { provider: 'directory', username: 'dora', password: 'password of dora' }),
  },
  'OpenID Connect': {
    username: 'ana.ruiz',
    subject: 'ana',
    provider: { type: 'oidc', name: 'issuer' },
    authMethod: 'Idp',
    async prepare({ call, sso }, ends) {
      const { issuer } = await startOidcProvider(ends, {
        client: { redirect_uris: [sso('/sign-in/default/issuer/callback')] },
      });
      await call('POST /v1/providers', {
        ...{ realm: 'default', type: 'oidc', name: 'issuer', title: 'Example issuer' },
        settings: { issuer, clientId: aClient.client_id },
        secrets: { clientSecret: aClient.client_secret },
      });
    },
    async signIn(page, isKnown) {
      await page.getByRole('link', { name: 'Sign in with Example issuer' }).click();
      // The issuer keeps a session of its own, which is not Curfew's to end.
      if (!isKnown) await giveName(page, 'ana');
    },
  },
  SAML: {
    username: 'ben',
    subject: 'ben@example.org',
    provider: { type: 'saml', name: 'federation' },
    authMethod: 'Idp',
    async prepare({ call, curfew }, ends) {
      const idp = await startSamlIdp(ends);
      const { key, certificate } = await newKeyPair('Curfew');
      await call('POST /v1/providers', {
        ...{ realm: 'default', type: 'saml', name: 'federation', title: 'Example federation' },
        settings: { metadataUrl: idp.metadataUrl, certificate, usernameAttribute: 'uid' },
        secrets: { privateKey: key },
      });
      const metadata = await fetch(`${curfew.url}/sign-in/default/federation/metadata`);
      assert.equal(metadata.status, 200);
      await idp.tell({ serviceProvider: await metadata.text() });
    },
    async signIn(page) {
      await page.getByRole('link', { name: 'Sign in with Example federation' }).click();
      await giveName(page, 'ben@example.org');
    },
  },
};

/** On Curfew's own page. */
async function givePassword(
  page: Page,
  { provider, username, password }: { provider: string; username: string; password: string },
): Promise<void> {
  const choice = page.getByLabel('Account');
  // There is nothing to choose where the directory is missing on this machine.
  if ((await choice.count()) > 0) await choice.selectOption(provider);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** On the page of an identity provider. */
async function giveName(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe('the whole way of a person with a browser', { skip: skipWithout('nginx', 'chromium') }, () => {
  const ends = new AfterAll();
  let application: ProtectedApplication;
  let browser: Browser;

  before(async () => {
    application = await startProtectedApplication(ends);
    for (const { skip = false, prepare } of Object.values(persons)) {
      if (skip === false) await prepare(application, ends);
    }
    browser = await launchChromium();
    ends.after(() => browser.close());
  });

  after(() => ends.run());

  /** Waits until the page of the application is there, which an answer that crosses sites may ask a click for. */
  const untilThere = async (page: Page): Promise<void> => {
    const there = application.app(report);
    await page.waitForURL(({ href, pathname }) => href === there || pathname.endsWith('/callback'));
    if (page.url() === there) return;
    await page.getByRole('button').click();
    await page.waitForURL(there);
  };

  /** The answer to the page that was asked for, before any other that it led to. */
  const firstAnswer = async (response: Response | null): Promise<number | undefined> => {
    let first = response?.request();
    for (let next = first; next !== undefined; next = next.redirectedFrom() ?? undefined) first = next;
    assert.equal(first?.url(), application.app(report));
    return (await first?.response())?.status();
  };

  for (const [provider, person] of Object.entries(persons)) {
    describe(`who signs in by ${provider}`, { skip: person.skip ?? false }, () => {
      let page: Page;
      let isKnown = false;

      before(async () => {
        page = await (await openContext(browser)).newPage();
      });

      for (const [system, { face, skip = false, end }] of Object.entries(waysToEnd)) {
        test(`sees the page until ${system} ends it, and is led to sign in again`, { skip }, async () => {
          await page.goto(application.app(report));
          assert.ok(isAtSignIn(page), page.url());
          await person.signIn(page, isKnown);
          await untilThere(page);
          isKnown = true;
          const { url, headers } = await received(page);
          assert.equal(url, report);
          assert.equal(headers['remote-user'], person.username);
          assert.equal(headers.cookie, undefined, 'the token is for Curfew alone');
          assert.equal(await firstAnswer(await page.reload()), 200);
          assert.equal((await received(page)).headers['remote-user'], person.username);

          await end(person, { application, browser });
          assert.equal(await firstAnswer(await page.reload()), 302);
          assert.ok(isAtSignIn(page), page.url());
          const [entry] = (await application.call('GET /v1/revocations?limit=1')).revocations;
          assert.deepEqual([entry.face, entry.by.name, entry.matched], [face, 'admin', 1]);
        });
      }
    });
  }
});
