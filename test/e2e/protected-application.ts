import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import {
  adminPassword,
  type CommandLine,
  commandLine,
  type StartedServer,
  startServerProcess,
} from '../cli/command-line.ts';
import { startEchoUpstream } from '../support/echo-upstream.ts';
import { freePort } from '../support/ports.ts';
import { exampleSettings, startExample } from './example.ts';

const admin = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;

/** An application behind nginx as the example for forward-auth sets it up, and Curfew beside it in a process of its own. */
export interface ProtectedApplication {
  readonly line: CommandLine;
  readonly curfew: StartedServer;
  /** The address of a page of the application. */
  app(path: string): string;
  /** The address of a page of Curfew, as browsers reach it through the proxy. */
  sso(path: string): string;
  /**
   * Asks a face as the administrator of all rights, past the proxy.
   * @param route such as `POST /v1/users`
   * @throws AssertionError unless it succeeds
   */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers without telling their types first.
  call(route: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<any>;
}

/** Starts all of it; it ends with the test. */
export async function startProtectedApplication(
  t: Pick<TestContext, 'after'>,
): Promise<ProtectedApplication> {
  const line = commandLine();
  t.after(() => line.remove());
  const upstream = await startEchoUpstream();
  t.after(() => upstream.close());
  const port = await freePort();
  const config = line.file('forward-auth.yaml', await exampleSettings(port));
  const curfew = await startServerProcess(join(line.folder, 'data'), [
    ...['--config', config, '--sign-in-attempts-per-minute', '1000'],
  ]);
  t.after(() => curfew.stop());
  const proxy = await startExample(['nginx/start.mjs', '--forward-auth'], port, [
    ...['--curfew', curfew.url, '--upstream', upstream.url],
  ]);
  t.after(() => proxy.stop());
  return {
    line,
    curfew,
    app: (path) => `http://app.curfew.localhost:${port}${path}`,
    sso: (path) => `http://sso.curfew.localhost:${port}${path}`,
    async call(route, body, headers = {}) {
      const [method = '', path = ''] = route.split(' ');
      const response = await fetch(curfew.url + path, {
        method,
        headers: { authorization: admin, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      assert.ok(response.ok, `${route}: ${response.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

/** Adds a user whose password is Curfew's to check. */
export async function addLocalUser(
  { call }: ProtectedApplication,
  username: string,
  password: string,
): Promise<void> {
  await call('POST /v1/users', { username, password, mustChangePassword: false });
}

/** Whether a browser was led to the page where people sign in. */
export function isAtSignIn(page: Page): boolean {
  const { hostname, pathname } = new URL(page.url());
  return hostname === 'sso.curfew.localhost' && pathname === '/sign-in';
}

/** What the application received with the page that is shown. */
export async function received(page: Page): Promise<{ url: string; headers: Record<string, string> }> {
  return JSON.parse((await page.locator('body').textContent()) ?? '');
}
