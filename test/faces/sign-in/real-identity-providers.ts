import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { TestServer } from '../../support/http-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { aClient, type OidcProcess, startOidcProvider } from '../../support/oidc-provider-process.ts';
import { type SamlProcess, startSamlIdp } from '../../support/saml-idp-process.ts';
import type { SamlServerOptions } from '../../support/saml-idp-server.ts';
import { newKeyPair } from '../../support/saml-messages.ts';
import { formOf, type Visited } from '../../support/web-agent.ts';
import { type Browser, startSignInServer } from './sign-in-server.ts';

/** A server and the identity provider that its users sign in by, under the name `corp`. */
export interface ServerWith<Idp> {
  readonly server: TestServer;
  readonly idp: Idp;
  /** Goes to the page of the identity provider, where a name is asked for. */
  start(browser: Browser, query?: string): Promise<Visited>;
  /** Gives the name there; what comes back is the answer, as the browser would bring it, not yet brought. */
  authenticate(browser: Browser, page: Visited, username: string): Promise<Brought>;
  /** All of it: gives the page that the browser ends up at. */
  signIn(browser: Browser, username: string, query?: string): Promise<Visited>;
}

/** The answer of an identity provider on its way to Curfew; `bring` delivers it. */
export interface Brought {
  /** Where it goes, and the form that it is, if it is one. */
  readonly url: URL;
  readonly form?: Record<string, string>;
  bring(browser: Browser): Promise<Visited>;
}

/** Tests sign in more often than people do. */
export const flags = { 'sign-in-attempts-per-minute': '10000' };

/** The clock of the machine, by which an identity provider in another process goes too. */
class PresentClock extends ManualClock {
  override now(): number {
    return Date.now();
  }
}

export function presentClock(): ManualClock {
  return new PresentClock();
}

/** A server whose users sign in by oidc-provider. */
export async function startWithOidc(
  t: TestContext,
  settings: Record<string, unknown> = {},
  clock: ManualClock = presentClock(),
): Promise<ServerWith<OidcProcess>> {
  const server = await startSignInServer(t, flags, clock);
  const place = `${server.url}/sign-in/default/corp`;
  const idp = await startOidcProvider(t, {
    client: {
      redirect_uris: [`${place}/callback`],
      post_logout_redirect_uris: [`${server.url}/sign-out/done`],
      backchannel_logout_uri: `${place}/logout`,
      backchannel_logout_session_required: true,
    },
  });
  await addOidc(server, idp, settings);
  return withFlow(server, idp, async (browser, page, username) => {
    const back = await browser.submit(page, { username }, { until: server.url });
    return { url: back.url, bring: (by) => by.visit(back.url) };
  });
}

/** A server whose users sign in by samlify. */
export async function startWithSaml(
  t: TestContext,
  settings: Record<string, unknown> = {},
  told: Partial<SamlServerOptions> = {},
): Promise<ServerWith<SamlProcess>> {
  const server = await startSignInServer(t, flags, presentClock());
  const idp = await startSamlIdp(t, told);
  await addSaml(server, idp, settings);
  return withFlow(server, idp, samlAnswer);
}

/** The page that posts the answer; bringing it sends the form, and again if Curfew's own page asks for that. */
export async function samlAnswer(browser: Browser, page: Visited, username: string): Promise<Brought> {
  const posting = await browser.submit(page, { username });
  return {
    url: formOf(posting).action,
    form: formOf(posting).values,
    bring: async (by) => {
      const taken = await by.submit(posting);
      return taken.text.includes('SAMLResponse') ? by.submit(taken) : taken;
    },
  };
}

export function withFlow<Idp>(
  server: TestServer,
  idp: Idp,
  authenticate: ServerWith<Idp>['authenticate'],
): ServerWith<Idp> {
  const start: ServerWith<Idp>['start'] = (browser, query = '') =>
    browser.open(`/sign-in/default/corp/start${query}`);
  return {
    server,
    idp,
    start,
    authenticate,
    async signIn(browser, username, query) {
      const page = await start(browser, query);
      // Somebody whom the identity provider knows already comes back at once.
      if (page.url.href.startsWith(server.url)) return page;
      return (await authenticate(browser, page, username)).bring(browser);
    },
  };
}

/** Adds an issuer as the provider `corp`. */
export function addOidc(
  server: TestServer,
  { issuer }: Pick<OidcProcess, 'issuer'>,
  settings: Record<string, unknown> = {},
): Promise<void> {
  return addProvider(server, {
    type: 'oidc',
    title: corpTitle,
    settings: { issuer, clientId: aClient.client_id, ...settings },
    secrets: { clientSecret: aClient.client_secret },
  });
}

/** Adds an identity provider of SAML as the provider `corp`, and makes Curfew known to it. */
export async function addSaml(
  server: TestServer,
  idp: SamlProcess,
  settings: Record<string, unknown> = {},
): Promise<void> {
  const { key, certificate } = await newKeyPair('Curfew');
  await addProvider(server, {
    type: 'saml',
    title: corpTitle,
    settings: { metadataUrl: idp.metadataUrl, certificate, ...settings },
    secrets: { privateKey: key },
  });
  const metadata = await server.ask('GET /sign-in/default/corp/metadata');
  assert.equal(metadata.status, 200);
  await idp.tell({ serviceProvider: String(metadata.body) });
}

/** What the sign-in page calls the provider `corp`. */
export const corpTitle = 'Example Corporation';

/** Adds the provider `corp` over the API. */
export async function addProvider(server: TestServer, provider: Record<string, unknown>): Promise<void> {
  const made = await server.asAdmin('POST /v1/providers', { realm: 'default', name: 'corp', ...provider });
  assert.equal(made.status, 201, JSON.stringify(made.body));
}

/** The live sessions that a query of the native API names. */
export async function sessionsOf(server: TestServer, query: string) {
  const { body } = await server.asAdmin(`GET /v1/sessions?${query}`);
  return body.sessions as {
    id: string;
    username: string;
    subject: string;
    provider: { type: string; name: string };
    providerSession?: string;
    accessGroups: string[];
    adminIds: number[];
    attributes: Record<string, string>;
    providerConfigVersion: number;
    client: { ip?: string };
    expiresAt: string | null;
  }[];
}
