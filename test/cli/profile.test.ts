import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adminPassword, objects, stageForAll } from './command-line.ts';

let passwordFile: string;

const stage = stageForAll(async ({ line }) => {
  passwordFile = line.file('password.txt', `${adminPassword}\n`);
});

const profiles = () => join(stage().line.folder, '.config/curfew/profiles.json');

test('flags alone sign in, the password coming from a file or standard input', async () => {
  const { line, server } = stage();
  const flags = ['sessions', 'list', '--url', server.url, '--login', 'admin'];
  assert.equal((await line.run([...flags, '--password-file', passwordFile])).code, 0);
  assert.equal((await line.run([...flags, '--password-file', '-'], { input: `${adminPassword}\n` })).code, 0);
  const unasked = await line.run(flags);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /--password-file/);
});

test('a password in a flag works, and is warned about', async () => {
  const { line, server } = stage();
  const { code, stderr } = await line.run([
    'sessions',
    'list',
    '--url',
    server.url,
    '--login',
    'admin',
    '--password',
    adminPassword,
  ]);
  assert.equal(code, 0);
  assert.match(stderr, /^warning: --password can be read by everybody on this machine/);
  assert.ok(!stderr.includes(adminPassword));
});

test('a profile is saved for its owner alone, used from then on, and listed without its secret', async () => {
  const { line, server } = stage();
  const saved = await line.run([
    'profile',
    'add',
    'local',
    '--url',
    server.url,
    '--login',
    'admin',
    '--password-file',
    passwordFile,
  ]);
  assert.equal(saved.code, 0, saved.stderr);
  assert.equal(statSync(profiles()).mode & 0o777, 0o600);
  assert.equal((await line.run(['sessions', 'list'])).code, 0);
  for (const json of [[], ['--json']]) {
    const list = await line.run(['profile', 'list', ...json]);
    assert.match(list.stdout, /local/);
    assert.ok(!list.stdout.includes(adminPassword));
  }
});

test('flags go before the environment, and both before the profile in use', async () => {
  const { line } = stage();
  assert.equal(
    (await line.run(['sessions', 'list'], { env: { CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: 'wrong' } }))
      .code,
    3,
  );
  const flags = ['sessions', 'list', '--login', 'admin', '--password-file', passwordFile];
  assert.equal(
    (await line.run(flags, { env: { CURFEW_PASSWORD: 'wrong', CURFEW_KEY: 'cfk_wrong' } })).code,
    0,
  );
  assert.equal((await line.run(['sessions', 'list'], { env: { CURFEW_URL: 'http://127.0.0.1:1' } })).code, 3);
  const named = ['sessions', 'list', '--profile', 'local'];
  assert.equal(
    (await line.run(named, { env: { CURFEW_URL: 'http://127.0.0.1:1', CURFEW_KEY: 'cfk_wrong' } })).code,
    0,
  );
});

test("a profile's password is never sent to another address", async () => {
  const { code, stderr } = await stage().line.run(['sessions', 'list', '--url', 'http://127.0.0.1:1']);
  assert.equal(code, 3);
  assert.match(stderr, /no credentials for http:\/\/127\.0\.0\.1:1/);
});

test('profiles are switched and removed by name', async () => {
  const { line } = stage();
  await line.run([
    'profile',
    'add',
    'other',
    '--url',
    'http://127.0.0.1:1',
    '--login',
    'eve',
    '--ask-each-time',
  ]);
  const [local, other] = objects((await line.run(['profile', 'list', '--json'])).stdout);
  assert.deepEqual(
    [local?.current, other?.current, other?.signsInBy],
    [false, true, 'eve, password asked for'],
  );
  assert.equal((await line.run(['profile', 'use', 'local'])).code, 0);
  assert.equal((await line.run(['sessions', 'list'])).code, 0);
  assert.equal((await line.run(['profile', 'remove', 'other'])).code, 0);
  assert.equal((await line.run(['profile', 'use', 'other'])).code, 5);
  assert.equal((await line.run(['sessions', 'list', '--profile', 'other'])).code, 5);
});

test('XDG_CONFIG_HOME is respected', async () => {
  const { line, server } = stage();
  const home = join(line.folder, 'xdg');
  await line.run(['profile', 'add', 'x', '--url', server.url], { env: { XDG_CONFIG_HOME: home } });
  assert.ok(existsSync(join(home, 'curfew/profiles.json')));
  assert.ok(!readFileSync(profiles(), 'utf8').includes('"x"'));
});

test('the doctor finds nothing wrong here', async () => {
  const { code, stdout } = await stage().line.run(['doctor', '--json']);
  const findings = objects(stdout);
  assert.equal(code, 0, stdout);
  assert.deepEqual(
    findings.map(({ check, state }) => `${check} ${state}`),
    ['Node ok', 'Address ok', 'Clocks ok', 'Store ok', 'Credentials ok', 'Nodes ok', 'Sweep ok', 'Ledger ok'],
  );
});

test('the doctor says what is wrong and what to do, and fails', async () => {
  const { line } = stage();
  const away = await line.run(['doctor', '--url', 'http://127.0.0.1:1']);
  assert.equal(away.code, 10);
  assert.match(away.stdout, /^fail {2}Address .*\n +Start the server with: npm start/m);
  const stranger = await line.run(['doctor'], {
    env: { CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: 'wrong' },
  });
  assert.equal(stranger.code, 3);
  assert.match(stranger.stdout, /^fail {2}Credentials/m);
  const settings = line.file('curfew.yaml', 'prot: 2200\n');
  const misspelt = await line.run(['doctor', '--config', settings]);
  assert.equal(misspelt.code, 2);
  assert.match(misspelt.stdout, /^fail {2}Settings .*prot/m);
  chmodSync(profiles(), 0o644);
  assert.match((await line.run(['doctor'])).stdout, /^warn {2}Profiles .*\n +Run: chmod 600/m);
});
