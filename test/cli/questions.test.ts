import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { run } from '../../src/cli/run.ts';
import { systemClock } from '../../src/core/clock.ts';
import { signIn, stageForAll } from './command-line.ts';

const stage = stageForAll();

/** To a question, the keys that are pressed, or what is done before they are. */
type Answer = readonly [question: RegExp, keys: string | (() => Promise<string>)];

/** A person at a keyboard: answers each question as it appears. */
async function person(args: readonly string[], answers: readonly Answer[]) {
  const stdin = new PassThrough();
  const stdout = new PassThrough().setEncoding('utf8');
  const stderr = new PassThrough().setEncoding('utf8');
  const said = { stdout: '', stderr: '' };
  const waiting = [...answers];
  stdout.on('data', (text: string) => {
    said.stdout += text;
  });
  stderr.on('data', (text: string) => {
    said.stderr += text;
    const [next] = waiting;
    if (next === undefined || !next[0].test(said.stderr)) return;
    waiting.shift();
    const [, keys] = next;
    // Nobody answers before the question stands there as a whole.
    setImmediate(async () => stdin.write(typeof keys === 'string' ? keys : await keys()));
  });
  const colors = picocolors.createColors(false);
  const code = await run(args, {
    stdin,
    stdout,
    stderr,
    env: { ...stage().server.env, HOME: stage().line.folder },
    clock: systemClock(),
    colors,
    errorColors: colors,
    interactive: true,
    interrupted: new AbortController().signal,
  });
  assert.deepEqual(waiting, [], 'every question was asked');
  return { code, ...said };
}

const live = async (username: string) =>
  (await stage().server.client.sessions.list({ username, count: 'exact' })).count;

test('a person sees what would be hit, and no ends nothing', async () => {
  await signIn(stage().server.client, 'ann', 3);
  const { code, stdout, stderr } = await person(
    ['terminate', '--username', 'ann', '--reason', 'x'],
    [[/End these 3 sessions\?/, 'n']],
  );
  assert.equal(code, 1);
  assert.match(stderr, /3 sessions would end\.\n.*basic\/main 3/s);
  assert.match(stderr, /Nothing was changed/);
  assert.equal(stdout, '');
  assert.equal(await live('ann'), 3);
});

test('yes is asked why, and then ends them', async () => {
  const { code, stdout } = await person(
    ['terminate', '--username', 'ann'],
    [
      [/End these 3 sessions\?/, 'y'],
      [/Why\?/, 'has left\r'],
    ],
  );
  assert.equal(code, 0);
  assert.match(stdout, /^Ended 3 sessions by revocation \d+\.\n$/);
  assert.equal((await stage().server.client.revocations.list()).revocations[0]?.reason, 'has left');
});

test('sessions that come while a person thinks keep the cut from being made, unless --grow allows them', async () => {
  const { server } = stage();
  await signIn(server.client, 'bob', 2);
  const oneMore = async () => {
    await signIn(server.client, 'bob');
    return 'y';
  };
  const cut = ['terminate', '--username', 'bob', '--reason', 'x'];
  const refused = await person(cut, [[/End these 2 sessions\?/, oneMore]]);
  assert.equal(refused.code, 7);
  assert.match(refused.stderr, /3 live sessions match, more than the 2 allowed/);
  assert.equal(await live('bob'), 3);
  const grown = await person([...cut, '--grow', '1'], [[/End these 3 sessions\?/, oneMore]]);
  assert.equal(grown.code, 0);
  assert.match(grown.stdout, /Ended 4 sessions/);
});

test('a new password is asked for twice, is not shown, and must be the same', async () => {
  const secret = 'a long enough secret';
  const differ = await person(
    ['admins', 'add', 'eve', '--access', 'read'],
    [
      [/New password for eve/, `${secret}\r`],
      [/The same once more/, 'something else\r'],
    ],
  );
  assert.equal(differ.code, 2);
  const same = await person(
    ['admins', 'add', 'eve', '--access', 'read'],
    [
      [/New password for eve/, `${secret}\r`],
      [/The same once more/, `${secret}\r`],
    ],
  );
  assert.equal(same.code, 0);
  assert.ok(!`${same.stdout}${same.stderr}${differ.stderr}`.includes(secret));
});
