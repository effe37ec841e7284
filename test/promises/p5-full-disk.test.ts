import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { checkOver, DidNotStart, startProcess } from './server-process.ts';

const provider = { type: 'basic', name: 'main' };
const mebibyte = 1024 * 1024;

/** A small disk of its own, or why there can be none. */
function smallDisk(t: TestContext, options: string): string | undefined {
  const folder = makeTemporaryDirectory();
  if (process.getuid?.() !== 0) {
    folder.remove();
    t.skip('only root may mount a small disk');
    return undefined;
  }
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder.path], {
    encoding: 'utf8',
  });
  if (mounted.status !== 0) {
    folder.remove();
    t.skip(`a small disk cannot be mounted here: ${mounted.stderr ?? mounted.error?.message}`);
    return undefined;
  }
  atEnd(t, () => {
    // The engine lets go of its files when its statements are collected, so the disk goes as soon as nobody uses it.
    spawnSync('umount', ['--lazy', folder.path]);
    folder.remove();
  });
  return folder.path;
}

/** Fills a disk to its last byte; gives the file that takes the room. */
function fill(disk: string): string {
  const ballast = join(disk, 'ballast');
  for (const size of [mebibyte, 4096, 1]) {
    for (let full = false; !full; ) {
      try {
        writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
      } catch {
        full = true;
      }
    }
  }
  assert.equal(statfsSync(disk).bavail, 0);
  return ballast;
}

async function signIn({ client }: TestServer, username: string): Promise<string> {
  const attributes = { filler: 'x'.repeat(2000) };
  return (await client.sessions.register({ username, provider, attributes })).token;
}

/** Registers until the disk is full; gives the tokens that were acknowledged, and the error. */
async function signInUntilFull(server: TestServer): Promise<{ tokens: string[]; error: CurfewError }> {
  const tokens: string[] = [];
  for (let count = 0; count < 5000; count++) {
    try {
      tokens.push(await signIn(server, 'ann'));
    } catch (error) {
      assert.ok(error instanceof CurfewError);
      return { tokens, error };
    }
  }
  return assert.fail('the disk did not fill');
}

async function integrity(data: string): Promise<void> {
  const db = await Database.open(join(data, 'curfew.db'), { readOnly: true, cacheKiB: 1024 });
  try {
    assert.equal(db.get('PRAGMA integrity_check')?.integrity_check, 'ok');
  } finally {
    db.close();
  }
}

it('P5: a full disk refuses clearly, keeps answering checks, and works again once there is room', async (t) => {
  const disk = smallDisk(t, 'size=16m');
  if (disk === undefined) return;
  const data = join(disk, 'data');
  const server = await startTestServer(t, { data });
  const before = await signIn(server, 'bob');
  const ballast = fill(disk);
  const { tokens, error } = await signInUntilFull(server);
  assert.deepEqual([error.code, /disk .* full|free some space/.test(error.message)], ['store_full', true]);
  for (const token of [before, ...tokens]) assert.equal((await checkOver(server, token)).status, 200);
  assert.equal((await checkOver(server, `cfs_${'a'.repeat(43)}`)).status, 401);
  await assert.rejects(server.client.store.backup(), { code: 'store_full' });
  assert.deepEqual(
    readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part')),
    [],
    'no half of a backup is left',
  );
  await integrity(data);

  rmSync(ballast);
  const after = await signIn(server, 'cat');
  const { matched } = await server.client.revocations.create({
    selector: { username: 'ann' },
    reason: 'a test',
  });
  assert.equal(matched, tokens.length, 'what was refused is not there, what was acknowledged is');
  assert.equal((await server.client.ledger.verify()).intact, true);
  await server.close();
  await integrity(data);

  const again = await startTestServer(t, { data });
  for (const token of [before, after]) assert.equal((await checkOver(again, token)).status, 200);
  for (const token of tokens) assert.equal((await checkOver(again, token)).reason, 'revoked');
  await again.close();
});

it('P1: a termination on a disk that is filling up is either acknowledged and final, or refused and nowhere', async (t) => {
  const disk = smallDisk(t, 'size=16m');
  if (disk === undefined) return;
  const data = join(disk, 'data');
  const server = await startTestServer(t, { data });
  const tokens = new Map<string, string>();
  for (let user = 0; user < 200; user++) {
    const username = `user ${user}`;
    tokens.set(username, await signIn(server, username));
  }
  const ballast = fill(disk);
  const ended = new Set<string>();
  let refused = 0;
  for (const username of tokens.keys()) {
    const selector = { username };
    try {
      await server.client.revocations.create({ selector, reason: 'x'.repeat(1000) });
      ended.add(username);
    } catch (error) {
      assert.equal((error as CurfewError).code, 'store_full');
      refused += 1;
    }
  }
  assert.ok(refused > 0, 'the disk was full');
  const hold = async (running: TestServer): Promise<void> => {
    for (const [username, token] of tokens) {
      assert.equal((await checkOver(running, token)).status, ended.has(username) ? 401 : 200, username);
    }
    const { head } = await running.client.ledger.get();
    assert.equal(head, ended.size);
    assert.equal((await running.client.ledger.verify()).intact, true);
  };
  await hold(server);
  await server.close();
  rmSync(ballast);
  await hold(await startTestServer(t, { data }));
});

it('P5: a start on a disk without room says so, and leaves nothing behind that keeps the next one out', async (t) => {
  const disk = smallDisk(t, 'size=4m');
  if (disk === undefined) return;
  const ballast = fill(disk);
  const data = join(disk, 'data');
  const failed = await startProcess(t, { data }).catch((error: unknown) => error);
  assert.ok(failed instanceof DidNotStart);
  assert.match(failed.message, /full|no space|space left/i);
  assert.equal(failed.code, 10);
  rmSync(ballast);
  const server = await startProcess(t, { data });
  await server.client.sessions.register({ username: 'ann', provider });
  await server.stop();
});

it('P5: a data folder that cannot be written stops the start, naming the folder and what to look at', async (t) => {
  const isRoot = process.getuid?.() === 0;
  // Root may write everywhere but to a disk that is mounted read-only.
  const folder = isRoot ? smallDisk(t, 'size=4m,ro') : ownReadOnlyFolder(t);
  if (folder === undefined) return;
  const data = join(folder, 'data');
  const failed = await startProcess(t, { data }).catch((error: unknown) => error);
  assert.ok(failed instanceof DidNotStart);
  assert.equal(failed.code, 10);
  assert.ok(failed.message.includes(data));
  assert.match(failed.message, /cannot be written/);
  assert.equal(existsSync(data), false);
});

function ownReadOnlyFolder(t: TestContext): string {
  const folder = makeTemporaryDirectory();
  const path = join(folder.path, 'read-only');
  mkdirSync(path);
  chmodSync(path, 0o500);
  atEnd(t, () => folder.remove());
  return path;
}
