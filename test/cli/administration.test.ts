import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objects, stageForAll } from './command-line.ts';

const stage = stageForAll();
const run = (...args: string[]) => stage().run(...args);
const annPassword = 'ann has a password';

test('an administrator is made, changed, given another password and removed', async () => {
  const { line, server } = stage();
  const file = line.file('ann.txt', `${annPassword}\n`);
  const added = await run('admins', 'add', 'ann', '--access', 'read', '--new-password-file', file);
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, /Made the administrator ann, number 2/);
  const asAnn = { CURFEW_URL: server.url, CURFEW_USERNAME: 'ann', CURFEW_PASSWORD: annPassword };
  assert.equal((await line.run(['sessions', 'list'], { env: asAnn })).code, 0);
  assert.equal((await line.run(['admins', 'list'], { env: asAnn })).code, 4);

  assert.equal(
    (await run('admins', 'modify', 'ann', '--access', 'read', '--access', 'clusterAdmins')).code,
    0,
  );
  const [, ann] = objects((await run('admins', 'list', '--json')).stdout);
  assert.deepEqual(ann?.accessGroups, ['read', 'clusterAdmins']);
  assert.equal((await run('admins', 'modify', 'ann')).code, 2);

  const own = await line.run(['admins', 'password', '--new-password-file', '-'], {
    env: asAnn,
    input: 'another password\n',
  });
  assert.equal(own.code, 0, own.stderr);
  assert.equal((await line.run(['sessions', 'list'], { env: asAnn })).code, 3);

  const unasked = await run('admins', 'remove', 'ann');
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /--yes/);
  assert.equal((await run('admins', 'remove', 'ann', '--yes')).code, 0);
  assert.equal((await run('admins', 'remove', 'ann', '--yes')).code, 5);
});

test('a new password is asked for, so without a terminal or a file none is set', async () => {
  const { code, stderr } = await run('admins', 'add', 'eve', '--access', 'read');
  assert.equal(code, 2);
  assert.match(stderr, /--new-password-file/);
});

test('a key shows its secret once, works until it is revoked, and is never listed with it', async () => {
  const { line, server } = stage();
  const made = await run(
    'keys',
    'create',
    'shop',
    '--scope',
    'list',
    '--scope',
    'register',
    '--valid-for',
    '90d',
  );
  assert.equal(made.code, 0, made.stderr);
  const secret = made.stdout.trim();
  assert.match(secret, /^cfk_[\w-]{43}$/);
  const asKey = { CURFEW_URL: server.url, CURFEW_KEY: secret };
  assert.equal((await line.run(['sessions', 'list'], { env: asKey })).code, 0);
  const file = line.file('key.txt', secret);
  assert.equal((await line.run(['sessions', 'list', '--url', server.url, '--key-file', file])).code, 0);

  const list = await run('keys', 'list', '--json');
  assert.ok(!list.stdout.includes(secret));
  const [key] = objects(list.stdout);
  assert.equal(key?.name, 'shop');
  assert.equal((await run('keys', 'revoke', String(key?.id))).code, 2);
  assert.equal((await run('keys', 'revoke', String(key?.id), '--yes')).code, 0);
  assert.equal((await line.run(['sessions', 'list'], { env: asKey })).code, 3);
});

test('the policy is set by limits and presets, shown, and removed', async () => {
  assert.equal((await run('policy', 'set', '--preset', 'nist-aal2')).code, 0);
  const set = await run(
    'policy',
    'set',
    '--realm',
    'shop',
    '--idle',
    '15m',
    '--lifespan',
    'none',
    '--sessions',
    '3',
    '--exceeded',
    'displace',
  );
  assert.match(set.stdout, /Where +realm shop/);
  const effective = [
    'policy',
    'effective',
    '--username',
    'ann',
    '--provider-type',
    'basic',
    '--provider-name',
    'main',
  ];
  const shop = JSON.parse((await run(...effective, '--realm', 'shop', '--json')).stdout);
  assert.deepEqual(shop, {
    idleTimeoutMs: 900_000,
    lifespanMs: null,
    sessionLimit: { max: 3, exceeded: 'displace', per: 'user' },
  });
  const elsewhere = JSON.parse((await run(...effective, '--json')).stdout);
  assert.equal(elsewhere.lifespanMs, 86_400_000);
  const list = (await run('policy', 'list')).stdout;
  assert.match(list, /realm shop +15m +none +3 per user, then displace/);
  assert.match(list, /\(preset nist-aal3\) +15m +12h/);
  assert.equal((await run('policy', 'remove', '--realm', 'shop')).code, 0);
  assert.equal((await run('policy', 'remove', '--realm', 'shop')).code, 5);
  assert.equal((await run('policy', 'set', '--realm', 'shop')).code, 2);
  assert.equal((await run('policy', 'set', '--provider-type', 'ldap', '--idle', '5m')).code, 2);
});

test('the journal tells who changed what, without any secret', async () => {
  const { stdout } = await run('journal', 'list', '--json');
  const events = objects(stdout).map(({ event }) => event);
  for (const event of ['administrator.created', 'administrator.removed', 'policy.set'])
    assert.ok(events.includes(event), event);
  assert.ok(!stdout.includes(annPassword));
  assert.ok(!stdout.includes('cfk_'));
  const [first] = objects((await run('journal', 'list', '--after', '1', '--limit', '1', '--json')).stdout);
  assert.equal(first?.seq, 2);
});

test('samples are loaded, told of, and taken away again', async () => {
  const loaded = JSON.parse((await run('samples', 'load', '--json')).stdout);
  assert.ok(loaded.sessions > 3000);
  assert.match((await run('samples', 'show')).stdout, new RegExp(`is loaded: ${loaded.sessions} sessions`));
  const again = await run('samples', 'load');
  assert.equal(again.code, 6);
  assert.equal((await run('samples', 'remove')).code, 2, 'nobody was asked');
  const removed = await run('samples', 'remove', '--yes');
  assert.match(removed.stdout, new RegExp(`Deleted ${loaded.sessions} sample sessions. Entries .* stay`));
  assert.match((await run('samples', 'show')).stdout, /No sample population is loaded\. Load it/);
});
