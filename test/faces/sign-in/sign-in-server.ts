import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startTestServer, type TestServer } from '../../support/http-server.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { freePort } from '../../support/ports.ts';
import { type Visited, type VisitOptions, WebAgent } from '../../support/web-agent.ts';

/** The password of every user that these tests make. */
export const userPassword = 'ann keeps this to herself';

/** What a browser says of a form that a page of the same site sends. */
const ownSite = { 'sec-fetch-site': 'same-origin' };

/** A browser without scripts that says where its forms come from. */
export class Browser extends WebAgent {
  readonly #server: TestServer;

  constructor(server: TestServer) {
    super();
    this.#server = server;
  }

  open(path: string, options: VisitOptions = {}): Promise<Visited> {
    return this.visit(this.#server.url + path, options);
  }

  /** Fills in the first form of a page and sends it. */
  override submit(page: Visited, fields: Record<string, string> = {}, options: VisitOptions = {}) {
    return super.submit(page, fields, { ...options, headers: { ...ownSite, ...options.headers } });
  }

  /** Sends a form to a path, whatever page there is. */
  post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Visited> {
    return this.request(this.#server.url + path, { form, headers: { ...ownSite, ...headers } });
  }

  /** The token that the browser holds. */
  get token(): string | undefined {
    return this.cookies.get(new URL(this.#server.url).host)?.get('curfew_session');
  }

  set token(value: string) {
    const { host } = new URL(this.#server.url);
    this.cookies.set(host, new Map([...(this.cookies.get(host) ?? []), ['curfew_session', value]]));
  }
}

/** A server that knows where browsers reach it, with the user `ann` of the realm `default`. */
export async function startSignInServer(
  t: TestContext,
  flags: Record<string, string> = {},
  clock?: ManualClock,
): Promise<TestServer> {
  const port = await freePort();
  const server = await startTestServer(
    t,
    { port: String(port), 'sign-in-public-url': `http://127.0.0.1:${port}`, ...flags },
    clock,
  );
  await makeUser(server, 'ann');
  return server;
}

/** Makes a user with the password above, to be kept. */
export async function makeUser(
  server: TestServer,
  username: string,
  changes: Record<string, unknown> = {},
): Promise<void> {
  const user = { username, password: userPassword, mustChangePassword: false, ...changes };
  const made = await server.asAdmin('POST /v1/users', user);
  assert.equal(made.status, 201, JSON.stringify(made.body));
}

/** Opens the page and signs in; gives what came of it. */
export async function signIn(
  browser: Browser,
  { username = 'ann', password = userPassword, query = '' } = {},
): Promise<Visited> {
  const page = await browser.open(`/sign-in${query}`);
  return browser.submit(page, { username, password });
}

/** Whether a token is live now. */
export async function isLive(server: TestServer, token: string | undefined): Promise<boolean> {
  const { status } = await server.ask('GET /v1/check?touch=0', { auth: `Bearer ${token}` });
  return status === 200;
}
