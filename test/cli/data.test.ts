import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { objects, type StartedServer, signIn, stageForEach } from './command-line.ts';

const stage = stageForEach();
const run = (...args: string[]) => stage().run(...args);
const isLive = async ({ client }: StartedServer, token: string) =>
  (await client.sessions.check({ tokens: [token] })).verdicts[0]?.live;

test('a restore ends every session of the backup and puts the former data aside', async () => {
  const { server } = stage();
  const [ann] = await signIn(server.client, 'ann');
  const token = ann?.token ?? '';
  const backup = JSON.parse((await run('backup', '--json')).stdout);
  assert.ok(existsSync(backup.path));
  // Made after the backup, so it is not in it.
  await run('terminate', '--username', 'ann', '--reason', 'left', '--yes');
  const data = server.data;

  const inUse = await run('restore', backup.path, '--data', data, '--force');
  assert.equal(inUse.code, 11);
  await server.stop();
  const notEmpty = await run('restore', backup.path, '--data', data);
  assert.equal(notEmpty.code, 6);
  assert.match(notEmpty.stderr, /--force/);
  const restored = await run('restore', backup.path, '--data', data, '--force', '--json');
  assert.equal(restored.code, 0, restored.stderr);
  const answer = JSON.parse(restored.stdout);
  assert.equal(answer.ended, 1);
  assert.ok(existsSync(join(answer.movedTo, 'curfew.db')));

  const restarted = await stage().startAnother(data);
  assert.equal(await isLive(restarted, token), false);
  const [newest] = (await restarted.client.revocations.list()).revocations;
  assert.match(newest?.reason ?? '', /^restored from backup curfew-/);
  assert.deepEqual(newest?.selector, { all: true });
  assert.equal(newest?.by.kind, 'system');
  assert.equal((await run('ledger', 'verify')).code, 0);
});

test('--keep-sessions says what it risks, and asks for --yes', async () => {
  const { line, server } = stage();
  const [ann] = await signIn(server.client, 'ann');
  const backup = JSON.parse((await run('backup', '--json')).stdout);
  await server.stop();
  const fresh = join(line.folder, 'fresh');
  const refused = await run('restore', backup.path, '--data', fresh, '--keep-sessions');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /warning: .*terminations made after the backup are undone/);
  assert.ok(!existsSync(join(fresh, 'curfew.db')));
  const kept = await run('restore', backup.path, '--data', fresh, '--keep-sessions', '--yes');
  assert.equal(kept.code, 0, kept.stderr);
  assert.equal(await isLive(await stage().startAnother(fresh), ann?.token ?? ''), true);
});

test('a file that is no backup leaves the data as it was', async () => {
  const { line, server } = stage();
  const [ann] = await signIn(server.client, 'ann');
  await server.stop();
  const nonsense = line.file('nonsense.db', 'this is not a database, however long it may be'.repeat(200));
  const { code } = await run('restore', nonsense, '--data', server.data, '--force');
  assert.equal(code, 10);
  assert.equal(
    (await run('restore', join(line.folder, 'missing.db'), '--data', server.data, '--force')).code,
    5,
  );
  assert.equal(await isLive(await stage().startAnother(server.data), ann?.token ?? ''), true);
});

test('a ledger is verified without a server, in a data folder and in a backup', async () => {
  const { line, server } = stage();
  await signIn(server.client, 'ann', 2);
  await run('terminate', '--username', 'ann', '--reason', 'left', '--yes');
  const noted = (await run('ledger', 'head')).stdout.trim();
  const backup = JSON.parse((await run('backup', '--json')).stdout);
  assert.equal((await run('ledger', 'verify', '--data', server.data)).code, 11);
  await server.stop();
  for (const path of [server.data, backup.path]) {
    const { code, stdout, stderr } = await run(
      'ledger',
      'verify',
      '--data',
      path,
      '--anchor',
      noted,
      '--json',
    );
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).ledger.entries, 1);
  }
  const empty = join(line.folder, 'empty');
  assert.equal((await run('ledger', 'verify', '--data', empty)).code, 5);
  assert.ok(!existsSync(empty));
});

test('a backup with an entry changed is found out, and never takes the place of the data', async () => {
  const { line, server } = stage();
  await signIn(server.client, 'ann', 2);
  await run('terminate', '--username', 'ann', '--reason', 'stolen laptop', '--yes');
  const backup = JSON.parse((await run('backup', '--json')).stdout);
  await server.stop();
  const bytes = readFileSync(backup.path);
  const place = bytes.indexOf('stolen laptop');
  assert.ok(place > 0);
  bytes.write('S', place);
  const changed = join(line.folder, 'changed.db');
  writeFileSync(changed, bytes);
  const verified = await run('ledger', 'verify', '--data', changed);
  assert.equal(verified.code, 12);
  assert.match(verified.stderr, /does not hold at entry 1: it was changed after it was written/);
  const restored = await run('restore', changed, '--data', server.data, '--force');
  assert.equal(restored.code, 12);
  assert.equal((await run('ledger', 'verify', '--data', server.data)).code, 0);
});

test('what was exported is imported elsewhere as it was, and skipped the second time', async () => {
  const { line, server } = stage();
  await signIn(server.client, 'ann', 3, {
    app: 'till',
    providerSession: 'sid-1',
    attributes: { team: 'blue\u001b' },
  });
  const file = join(line.folder, 'sessions.ndjson');
  const exported = await run('export', file);
  assert.equal(exported.code, 0, exported.stderr);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await run('export', file)).code, 6);
  const before = objects((await run('export')).stdout);
  assert.deepEqual(objects(readFileSync(file, 'utf8')), before);
  await server.stop();

  const { env } = await stage().startAnother(join(line.folder, 'other'));
  const first = JSON.parse((await run('import', file, '--json')).stdout);
  assert.equal(first.imported, 3);
  const again = JSON.parse(
    (await line.run(['import', '--json'], { env, input: readFileSync(file, 'utf8') })).stdout,
  );
  assert.deepEqual([again.imported, again.skipped], [0, { exists: 3 }]);
  assert.deepEqual(sorted(objects((await run('export')).stdout)), sorted(before));
});

test('lines that are refused are told by number, and do not keep the others out', async () => {
  const { line, server } = stage();
  const createdAt = new Date().toISOString();
  const good = (username: string) =>
    JSON.stringify({ username, provider: { type: 'ldap', name: 'corp' }, createdAt });
  const lines = [
    good('ann'),
    'nonsense',
    '',
    good('bob'),
    JSON.stringify({ username: '', createdAt }),
    good('cat'),
  ];
  const { code, stdout, stderr } = await line.run(['import', '-', '--json'], {
    env: server.env,
    input: lines.join('\r\n'),
  });
  assert.equal(code, 2);
  const answer = JSON.parse(stdout);
  assert.deepEqual([answer.read, answer.imported, answer.refused], [5, 3, 2]);
  assert.match(stderr, /^line 2: is not a JSON object$/m);
  assert.match(stderr, /^line 5: .*username: must not be empty/m);
  assert.match(stderr, /2 of 5 lines were refused/);
  assert.equal((await run('import', join(line.folder, 'missing.ndjson'))).code, 2);
});

test('the holder of a token stays signed in when its hash is imported', async () => {
  const { line, server } = stage();
  const token = `cfs_${'a'.repeat(43)}`;
  const tokenHash = createHash('sha256').update(token).digest('hex');
  const session = {
    username: 'ann',
    provider: { type: 'basic', name: 'main' },
    createdAt: new Date().toISOString(),
    tokenHash,
  };
  assert.equal((await line.run(['import'], { env: server.env, input: JSON.stringify(session) })).code, 0);
  assert.equal(await isLive(server, token), true);
});

function sorted(sessions: readonly Record<string, unknown>[]): unknown[] {
  return sessions
    .map(({ epoch: _epoch, ...rest }) => rest)
    .sort((a, b) => String(a.id).localeCompare(String(b.id)));
}
