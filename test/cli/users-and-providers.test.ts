import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stageForAll } from './command-line.ts';

const stage = stageForAll();
const run = (...args: string[]) => stage().run(...args);

test('a user is made with a password that is printed once and alone, and goes through a whole life', async () => {
  const added = await run('users', 'add', 'ann', '--access', 'staff');
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, /^[\w-]{32}\n$/);
  assert.match(added.stderr, /Made the user ann\./);
  assert.equal((await run('users', 'add', 'ann')).code, 6);
  assert.match((await run('users', 'list')).stdout, /ann +staff +yes +no/);
  assert.match((await run('users', 'show', 'ann')).stdout, /must choose a new password: yes/);
  assert.equal((await run('users', 'modify', 'ann', '--access', 'ops')).code, 0);

  const file = stage().line.file('ann.txt', 'a password of her own\n');
  const set = await run('users', 'password', 'ann', '--new-password-file', file, '--keep');
  assert.equal(set.code, 0, set.stderr);
  assert.match(set.stdout, /Set the password of ann and ended 0 of their sessions\./);
  const shown = JSON.parse((await run('users', 'show', 'ann', '--json')).stdout);
  assert.equal(shown.user.mustChangePassword, false);
  assert.deepEqual(shown.user.accessGroups, ['ops']);

  assert.match((await run('users', 'disable', 'ann')).stdout, /Disabled ann and ended 0/);
  assert.match((await run('users', 'list')).stdout, /ann +ops +no/);
  assert.equal((await run('users', 'enable', 'ann')).code, 0);
  assert.equal((await run('users', 'remove-factor', 'ann')).code, 0);
  assert.equal((await run('users', 'remove', 'ann')).code, 2);
  assert.equal((await run('users', 'remove', 'ann', '--yes')).code, 0);
  assert.equal((await run('users', 'show', 'ann')).code, 5);
});

test('a provider is added with its secret from a file, tried, changed, disabled and removed', async () => {
  const { line } = stage();
  const settings = line.file('corp.yaml', 'issuer: http://127.0.0.1:9\nclientId: curfew\n');
  const secret = line.file('secret.txt', 'a secret of the client\n');
  const added = await run(
    'providers',
    'add',
    'corp',
    '--type',
    'oidc',
    '--title',
    'Corp',
    '--settings',
    settings,
    '--secret-file',
    `clientSecret=${secret}`,
  );
  assert.equal(added.code, 0, added.stderr);
  assert.match((await run('providers', 'list')).stdout, /default +basic +basic +yes +1 +configuration/);
  assert.match((await run('providers', 'list')).stdout, /default +corp +oidc +yes +1 +api/);
  const shown = await run('providers', 'show', 'corp');
  assert.match(shown.stdout, /"clientSecret"/);
  assert.doesNotMatch(shown.stdout, /a secret of the client/);
  const tried = await run('providers', 'test', 'corp');
  assert.equal(tried.code, 10);
  assert.match(tried.stderr, /127\.0\.0\.1:9/);
  assert.match((await run('providers', 'test', 'basic')).stdout, /nothing to connect to/);
  const changed = await run('providers', 'modify', 'corp', '--title', 'Corporation', '--end-sessions');
  assert.match(changed.stdout, /The provider corp has version 2; ended 0 sessions\./);
  assert.equal((await run('providers', 'modify', 'corp')).code, 2);
  assert.equal((await run('providers', 'disable', 'corp', '--yes')).code, 0);
  assert.match((await run('providers', 'list')).stdout, /corp +oidc +no +3/);
  assert.equal((await run('providers', 'enable', 'corp')).code, 0);
  assert.equal((await run('providers', 'remove', 'basic', '--yes')).code, 6, 'it is of the configuration');
  assert.equal((await run('providers', 'remove', 'corp', '--yes')).code, 0);
  assert.equal((await run('providers', 'show', 'corp')).code, 5);
});

test('a setting that is wrong is named, and its value is not repeated', async () => {
  const settings = stage().line.file('wrong.yaml', 'issuer: very-secret-nonsense\nclientIdd: curfew\n');
  const { code, stderr } = await run('providers', 'add', 'wrong', '--type', 'oidc', '--settings', settings);
  assert.equal(code, 2);
  assert.match(stderr, /settings\.issuer: expected an https URL/);
  assert.match(stderr, /settings\.clientIdd: is not a setting here/);
  assert.doesNotMatch(stderr, /very-secret-nonsense/);
});
