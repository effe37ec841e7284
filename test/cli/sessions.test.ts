import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearing, objects, signIn, stageForAll } from './command-line.ts';

const stage = stageForAll(async ({ server }) => {
  await signIn(server.client, 'ann', 3, { client: { ip: '192.0.2.7', userAgent: 'Mozilla\u001b[2J\u0007' } });
  await signIn(server.client, 'bob', 1, {
    realm: 'shop',
    provider: { type: 'saml', name: 'corp' },
    app: 'till',
  });
});

const run = (...args: string[]) => stage().run(...args);

test('a list away from a terminal is one aligned line per session', async () => {
  const { code, stdout, stderr } = await run('sessions', 'list');
  assert.equal(code, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[0] as string, /^ID +REALM +USER +PROVIDER +APP +ADDRESS +CREATED +LAST USED$/);
  assert.equal(lines.filter((text) => / ann +basic\/main +- +192\.0\.2\.7 /.test(text)).length, 3);
});

test('--json gives the sessions as the API does, one a line', async () => {
  const { stdout } = await run('sessions', 'list', '--username', 'ann', '--json');
  const { sessions } = await stage().server.client.sessions.list({ username: 'ann' });
  assert.deepEqual(objects(stdout), sessions as unknown as Record<string, unknown>[]);
});

test('every selector flag narrows the list', async () => {
  const count = async (...flags: string[]) =>
    Number((await run('sessions', 'list', '--count', ...flags)).stdout);
  assert.equal(await count(), 4);
  assert.equal(await count('--realm', 'shop'), 1);
  assert.equal(await count('--provider-type', 'saml', '--provider-name', 'corp', '--app', 'till'), 1);
  assert.equal(await count('--ip', '192.0.2.0/24'), 3);
  assert.equal(await count('--created-to', '1h ago'), 0);
  assert.equal(await count('--created-from', '1h ago', '--username', 'ann'), 3);
  const [ann] = (await stage().server.client.sessions.list({ username: 'ann' })).sessions;
  assert.equal(await count('--session', ann?.id ?? ''), 1);
  assert.equal(await count('--except', ann?.id ?? ''), 3);
});

test('a list that was cut says so, and how to see the rest', async () => {
  const { stdout, stderr } = await run('sessions', 'list', '--limit', '2');
  assert.equal(stdout.trimEnd().split('\n').length, 3);
  assert.match(stderr, /more than these 2/);
  assert.equal((await run('sessions', 'list', '--limit', '4')).stderr, '');
});

test('one session is shown with everything known, its user agent made harmless', async () => {
  const [ann] = (await stage().server.client.sessions.list({ username: 'ann' })).sessions;
  const { code, stdout } = await run('sessions', 'show', ann?.id ?? '');
  assert.equal(code, 0);
  assert.match(stdout, /State +live/);
  assert.ok(stdout.includes('Mozilla\\x1b[2J\\x07'));
  assert.ok(!stdout.includes('\u001b'));
});

test('exit codes tell programs what kind of failure it was', async () => {
  const { line, server } = stage();
  assert.equal((await run('sessions', 'show', '00000000-0000-4000-8000-000000000000')).code, 5);
  assert.equal((await run('sessions', 'show', 'nonsense')).code, 2);
  assert.equal((await run('sessions', 'list', '--nonsense')).code, 2);
  assert.equal((await run('nonsense')).code, 2);
  assert.equal((await run('sessions', 'list', '--username', '')).code, 2);
  assert.equal(
    (await line.run(['sessions', 'list'], { env: { ...server.env, CURFEW_PASSWORD: 'wrong' } })).code,
    3,
  );
  assert.equal((await line.run(['sessions', 'list'], { env: { CURFEW_URL: server.url } })).code, 3);
  assert.equal((await run('sessions', 'list', '--url', 'http://127.0.0.1:1')).code, 10);
});

test('an error is a sentence on standard error, with a stack only on --debug', async () => {
  const plain = await run('sessions', 'show', 'nonsense');
  assert.equal(plain.stdout, '');
  assert.match(plain.stderr, /^error: .*id/);
  assert.doesNotMatch(plain.stderr, /\n\s+at /);
  assert.match((await run('sessions', 'show', 'nonsense', '--debug')).stderr, /\n\s+at /);
});

test('a watch tells each session that starts and ends, and Ctrl-C ends it in order', async () => {
  const { line, server } = stage();
  const child = line.start(
    ['sessions', 'watch', '--username', 'cat', '--interval', '100ms', '--json'],
    server.env,
  );
  const heard = hearing(child.stdout);
  await hearing(child.stderr)(/Following 0 of 0/);
  const [made] = await signIn(server.client, 'cat');
  const id = made?.session.id ?? '';
  assert.match(await heard(/"started"/), new RegExp(id));
  await server.client.sessions.delete({ id });
  const events = objects(await heard(/"ended".*\n/)).filter(({ event }) => event !== 'revocation');
  assert.deepEqual(
    events.map(({ event }) => event),
    ['started', 'ended'],
  );
  assert.match(JSON.stringify(events[1]?.session), /"reason":"revoked"/);
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  assert.equal(await closed, 0);
});
