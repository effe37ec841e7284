import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandLine, signIn, startServerProcess } from './command-line.ts';

test('a store is moved by one command, and no server starts on the old one until it is taken into use again', async (t) => {
  const line = commandLine();
  t.after(() => line.remove());
  const [old, next] = [join(line.folder, 'old'), join(line.folder, 'new')];
  const server = await startServerProcess(old);
  const [ann] = await signIn(server.client, 'ann');
  const token = ann?.token ?? '';
  const nodes = await line.run(['nodes', '--json'], { env: server.env });
  assert.equal(nodes.code, 0, nodes.stderr);
  assert.equal(JSON.parse(nodes.stdout).nodes.length, 1);
  const move = ['migrate-store', '--from', `sqlite:${old}`, '--to', 'env:NEXT'];
  const env = { NEXT: `sqlite:${next}` };

  const running = await line.run(move, { env });
  assert.equal(running.code, 11, 'the data is in use');
  await server.stop();
  const moved = await line.run([...move, '--json'], { env });
  assert.equal(moved.code, 0, moved.stderr);
  assert.equal(JSON.parse(moved.stdout).kinds.session.count, 1);
  assert.match(JSON.parse(moved.stdout).kinds.session.digest, /^[0-9a-f]{64}$/);
  assert.match(moved.stderr, /Both stores say the same/);

  await assert.rejects(startServerProcess(old), /was moved to sqlite:.*new/);
  const onNew = await startServerProcess(next);
  const verdicts = async () => (await onNew.client.sessions.check({ tokens: [token] })).verdicts;
  assert.equal((await verdicts())[0]?.live, true);
  await onNew.stop();

  const again = await line.run(move, { env });
  assert.equal(again.code, 6, 'it has moved already');
  const reopened = await line.run(['migrate-store', '--reopen', `sqlite:${old}`, '--json']);
  assert.deepEqual(JSON.parse(reopened.stdout), { ended: 1 });
  const back = await startServerProcess(old);
  assert.equal((await back.client.sessions.check({ tokens: [token] })).verdicts[0]?.live, false);
  await back.stop();
});

test('a store that is none is told from one, and a password in it is not repeated', async (t) => {
  const line = commandLine();
  t.after(() => line.remove());
  const wrong = 'postgres://curfew:hunter2hunter2@/';
  const outcome = await line.run(['migrate-store', '--from', wrong, '--to', 'sqlite:x']);
  assert.equal(outcome.code, 2);
  assert.match(outcome.stderr, /sqlite:DIR or postgres:/);
  const away = 'postgres://curfew:hunter2hunter2@127.0.0.1:1/curfew';
  const unreachable = await line.run(['migrate-store', '--from', away, '--to', `sqlite:${line.folder}/x`]);
  assert.notEqual(unreachable.code, 0);
  assert.doesNotMatch(outcome.stderr + unreachable.stderr, /hunter2/);
  const unset = await line.run(['migrate-store', '--from', 'env:NOT_THERE', '--to', 'sqlite:x']);
  assert.match(unset.stderr, /NOT_THERE is not set/);
});
