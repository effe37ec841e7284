import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { consoleFolder } from '../../src/faces/console/files.ts';
import { adminPassword } from '../cli/command-line.ts';
import { openContext } from '../support/chromium.ts';
import { fillSignIn } from '../support/console.ts';
import type { ProtectedApplication } from './protected-application.ts';

/** Somebody who is signed in, by the names that the faces know them by. */
export interface EndedPerson {
  readonly username: string;
  /** What the provider calls them, such as a DN. */
  readonly subject: string;
  readonly provider: { readonly type: string; readonly name: string };
  /** Element's word for the kind of provider. */
  readonly authMethod: 'Cluster' | 'Ldap' | 'Idp';
}

/** How an administrator ends all sessions of a person through one of the faces. */
export interface WayToEnd {
  /** The face that the ledger names. */
  readonly face: string;
  readonly skip?: string | false;
  end(person: EndedPerson, stage: Stage): Promise<unknown>;
}

/** What an administrator works with. */
export interface Stage {
  readonly application: ProtectedApplication;
  readonly browser: Browser;
}

const isConsoleBuilt = existsSync(join(consoleFolder, 'index.html'));

export const waysToEnd: Readonly<Record<string, WayToEnd>> = {
  'the native API': {
    face: 'http',
    end: ({ username, provider }, { application }) =>
      application.call('POST /v1/revocations', { selector: { username, provider }, reason: 'lost laptop' }),
  },
  Element: {
    face: 'element',
    end: ({ subject, authMethod }, { application }) =>
      application.call('POST /json-rpc/12.5', {
        method: 'DeleteAuthSessionsByUsername',
        params: { username: subject, authMethod },
      }),
  },
  Kibana: {
    face: 'kibana',
    end: ({ username, provider }, { application }) =>
      application.call(
        'POST /api/security/session/_invalidate',
        { match: 'query', query: { provider, username } },
        { 'kbn-xsrf': 'true' },
      ),
  },
  'IBM, over REST': {
    face: 'ibm',
    end: ({ username }, { application }) =>
      application.call(`DELETE /isam/dsc/admin/replicas/default/sessions/user/${username}`),
  },
  "IBM's shell": {
    face: 'ibm',
    end: ({ username }, { application }) =>
      run(application, [
        ...['pdadmin', 'server', 'task', 'default-webseald-localhost', 'sms', 'session', 'terminate'],
        ...['all_sessions', username, '-realm', 'default'],
      ]),
  },
  'the command line': {
    face: 'cli',
    end: ({ username, provider }, { application }) =>
      run(application, [
        ...['terminate', '--username', username, '--provider-name', provider.name],
        ...['--reason', 'lost laptop'],
      ]),
  },
  'the console': {
    face: 'console',
    skip: isConsoleBuilt ? false : 'the console is not built: npm run build',
    end: endInConsole,
  },
};

/** Runs a command of Curfew, signed in as the administrator. */
async function run({ line, curfew }: ProtectedApplication, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await line.run(args, { env: curfew.env });
  assert.equal(code, 0, stdout + stderr);
}

/** Signs in to the console in a browser of its own, shows the sessions of the person alone, and ends all of them. */
async function endInConsole({ username }: EndedPerson, { application, browser }: Stage): Promise<void> {
  const context = await openContext(browser, { viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(application.sso('/console/sessions'));
  await fillSignIn(page, 'admin', adminPassword);
  await filterToUser(page, username);
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'End selected', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'End sessions' });
  await dialog.getByLabel('Why').fill('lost laptop');
  await dialog.getByRole('button', { name: 'End 1 session', exact: true }).click();
  await dialog.getByText('1 session has ended').waitFor();
  await context.close();
}

async function filterToUser(page: Page, username: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Find a user' }).fill(username);
  await page
    .getByRole('option', { name: `User ${username}` })
    .first()
    .click();
  await page.waitForURL((url) => url.searchParams.get('user') === username);
  await page.locator('.sessions-total').getByText('1 live session', { exact: true }).waitFor();
  await page.locator('.table-body .table-row', { hasText: username }).waitFor();
}
