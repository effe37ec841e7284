import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Outputs } from '../../src/client/operations.ts';
import { commandLine } from '../cli/command-line.ts';
import { atEnd } from './at-end.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { adminPassword } from './server-process.ts';

/** Ann signed in and left, so she is known here and nobody is live. */
async function serverWithHistory(t: Parameters<typeof startTestServer>[0]): Promise<TestServer> {
  const server = await startTestServer(t);
  const provider = { type: 'ldap', name: 'corp' };
  const { token } = await server.client.sessions.register({
    username: 'ann',
    subject: 'cn=ann',
    provider,
    providerSession: 'sid-1',
    app: 'mail',
  });
  await server.as({ bearer: token }).sessions.logout();
  return server;
}

type Unknown = NonNullable<Outputs['revocations.create']['unknown']>;

/** Selectors that match nothing, the flags that say the same, what of them is unknown here, and how it is told. */
const cuts: { selector: Record<string, unknown>; flags: string[]; unknown: Unknown; told: RegExp }[] = [
  {
    selector: { username: 'ann' },
    flags: ['--username', 'ann'],
    unknown: [],
    told: /Every name in the selector is known/,
  },
  {
    selector: { username: 'amn' },
    flags: ['--username', 'amn'],
    unknown: ['username'],
    told: /the user "amn" is unknown/,
  },
  {
    selector: { username: 'Ann' },
    flags: ['--username', 'Ann'],
    unknown: ['username'],
    told: /the user "Ann" is unknown/,
  },
  {
    selector: { subject: 'cn=amn' },
    flags: ['--subject', 'cn=amn'],
    unknown: ['subject'],
    told: /the subject "cn=amn" is unknown/,
  },
  {
    selector: { provider: { type: 'ldap' } },
    flags: ['--provider-type', 'ldap'],
    unknown: [],
    told: /Every name in the selector is known/,
  },
  {
    selector: { provider: { type: 'ldpa' } },
    flags: ['--provider-type', 'ldpa'],
    unknown: ['provider'],
    told: /the provider "ldpa" is unknown/,
  },
  {
    selector: { provider: { type: 'ldap', name: 'crop' } },
    flags: ['--provider-type', 'ldap', '--provider-name', 'crop'],
    unknown: ['provider'],
    told: /the provider "ldap\/crop" is unknown/,
  },
  {
    selector: { provider: { name: 'corp' }, providerSession: 'sid-1' },
    flags: ['--provider-name', 'corp', '--provider-session', 'sid-1'],
    unknown: [],
    told: /Every name in the selector is known/,
  },
  {
    selector: { provider: { name: 'corp' }, providerSession: 'sid-2' },
    flags: ['--provider-name', 'corp', '--provider-session', 'sid-2'],
    unknown: ['providerSession'],
    told: /the provider's session "sid-2" is unknown/,
  },
  {
    selector: { all: true, realm: 'default' },
    flags: ['--all', '--realm', 'default'],
    unknown: [],
    told: /Every name in the selector is known/,
  },
  {
    selector: { all: true, realm: 'defualt' },
    flags: ['--all', '--realm', 'defualt'],
    unknown: ['realm'],
    told: /the realm "defualt" is unknown/,
  },
  {
    selector: { app: 'mial' },
    flags: ['--app', 'mial'],
    unknown: ['app'],
    told: /the app "mial" is unknown/,
  },
  {
    selector: { username: 'amn', provider: { name: 'crop' } },
    flags: ['--username', 'amn', '--provider-name', 'crop'],
    unknown: ['provider', 'username'],
    told: /the provider "crop" and the user "amn" are unknown/,
  },
  {
    selector: { username: 'ann', realm: 'shop' },
    flags: ['--username', 'ann', '--realm', 'shop'],
    unknown: ['realm', 'username'],
    told: /the realm "shop" and the user "ann" are unknown/,
  },
];

it('P10: a termination that matches nothing says so over the API, and which names are unknown', async (t) => {
  const { client } = await serverWithHistory(t);
  for (const { selector, unknown, told } of cuts) {
    for (const answer of [
      await client.revocations.preview({ selector }),
      await client.revocations.create({ selector, reason: 'a test' }),
    ]) {
      const where = JSON.stringify(selector);
      assert.equal('matched' in answer ? answer.matched : answer.count, 0, where);
      assert.deepEqual(answer.unknown, unknown, where);
      assert.match(answer.warning ?? '', told, where);
    }
  }
});

it('P10: a termination that matches something says nothing of the kind', async (t) => {
  const { client } = await serverWithHistory(t);
  await client.sessions.register({ username: 'ann', provider: { type: 'ldap', name: 'corp' } });
  const preview = await client.revocations.preview({ selector: { username: 'ann' } });
  const cut = await client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
  for (const answer of [preview, cut])
    assert.deepEqual([answer.unknown, answer.warning], [undefined, undefined]);
});

it('P10: a session that has ended already is told apart from one that never was', async (t) => {
  const { client } = await serverWithHistory(t);
  const [ended] = (await client.sessions.list({ state: 'ended' })).sessions;
  const again = await client.sessions.delete({ id: ended?.id ?? '' });
  assert.deepEqual([again.matched, again.unknown], [0, []]);
  assert.match(again.warning ?? '', /have ended already/);
  const absent = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(client.sessions.delete({ id: absent }), { code: 'session_not_found' });
  const cut = await client.revocations.create({ selector: { sessionIds: [absent] }, reason: 'a test' });
  assert.deepEqual(cut.unknown, ['sessionIds']);
});

it('P10: the command line warns on standard error, in a preview and in a cut, for people and for programs', {
  timeout: 240_000,
}, async (t) => {
  const { url } = await serverWithHistory(t);
  const line = commandLine();
  atEnd(t, () => line.remove());
  const env = { CURFEW_URL: url, CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: adminPassword };
  for (const { flags, told } of cuts.filter(
    ({ selector }) => 'username' in selector || 'realm' in selector || 'provider' in selector,
  )) {
    const where = flags.join(' ');
    const preview = await line.run(['terminate', ...flags, '--dry-run'], { env });
    assert.match(preview.stdout + preview.stderr, told, where);
    const cut = await line.run(['terminate', ...flags, '--reason', 'a test', '--yes'], { env });
    assert.match(cut.stderr, told, where);
    assert.match(cut.stdout, /Ended 0 sessions/, where);
    const forPrograms = await line.run(['terminate', ...flags, '--reason', 'a test', '--yes', '--json'], {
      env,
    });
    assert.match(forPrograms.stderr, told, where);
    assert.match(JSON.parse(forPrograms.stdout).warning, told, where);
  }
});
