import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startTestServer, type TestServer } from '../../support/http-server.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

/** What Curfew answered to a proxy. */
export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body of a problem. */
  readonly problem: Readonly<Record<string, unknown>>;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A server with rules, that is asked as proxies ask. */
export interface GuardedServer extends TestServer {
  /** Asks with these headers, exactly: nothing is added but `Host`. */
  query(path: string, headers: Headers, method?: string): Promise<Asked>;
  /** Asks as Traefik does about `GET http://app.example.com/`, with these changes. */
  about(changes?: Headers): Promise<Asked>;
}

export const signInUrl = 'https://login.example.com/sign-in';

/** Starts a server with these settings below `forwardAuth`; proxies on this machine are trusted. */
export async function startGuarded(
  t: TestContext,
  forwardAuth: Record<string, unknown>,
  more: Record<string, unknown> = {},
  clock?: ManualClock,
): Promise<GuardedServer> {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const config = join(folder.path, 'curfew.json');
  const settings = { trustedProxies: 'loopback', forwardAuth: { signInUrl, ...forwardAuth }, ...more };
  writeFileSync(config, JSON.stringify(settings));
  const server = await startTestServer(t, { config }, clock);
  const query = (path: string, headers: Headers, method = 'GET'): Promise<Asked> =>
    ask(server.httpPort, path, headers, method);
  return {
    ...server,
    query,
    about: (changes = {}) =>
      query('/forward-auth/traefik', {
        'x-forwarded-method': 'GET',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'app.example.com',
        'x-forwarded-uri': '/',
        ...changes,
      }),
  };
}

function ask(port: number, path: string, headers: Headers, method: string): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const isProblem = response.headers['content-type'] === 'application/problem+json';
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string | undefined>,
          text,
          problem: isProblem ? (JSON.parse(text) as Record<string, unknown>) : {},
        });
      });
    });
    for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
    sent.on('error', reject);
    sent.end();
  });
}

/** The headers by which a browser asks for a page. */
export const browser = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
} as const;

/** The cookie of a session. */
export function cookieOf(token: string): { cookie: string } {
  return { cookie: `curfew_session=${token}` };
}
