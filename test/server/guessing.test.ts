import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { adminPassword, type ServerProcess, startProcess } from '../promises/server-process.ts';
import { serversOnOnePostgres } from '../promises/servers-on-one-postgres.ts';
import { skipWithoutPostgres } from '../support/postgres.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const perMinute = 7;

/** Processes that share a store, and the limit of tries of each address. */
type Start = (t: TestContext) => Promise<readonly ServerProcess[]>;

function folder(t: TestContext): { path: string; config: string } {
  const temporary = makeTemporaryDirectory();
  atEnd(t, () => temporary.remove());
  const config = join(temporary.path, 'curfew.yaml');
  // The limit of what a single process reads must not be what refuses here.
  writeFileSync(config, `signIn:\n  attemptsPerMinute: ${perMinute}\nlimits:\n  failuresPerMinute: 100000\n`);
  return { path: temporary.path, config };
}

const workersOnSqlite: Start = async (t) => {
  const { path, config } = folder(t);
  const flags = ['--workers', '3', '--node-name', 'here', '--config', config];
  return [await startProcess(t, { data: join(path, 'data'), flags })];
};

const serversOnPostgres: Start = async (t) => {
  const { config } = folder(t);
  const { start } = await serversOnOnePostgres(t);
  return Promise.all(['one', 'other'].map((name) => start(name, { flags: ['--config', config] })));
};

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The code of the answer to a password, asked on a connection of its own, so that workers take turns. */
async function ask({ url }: ServerProcess, authorization: string): Promise<string> {
  const answer = await fetch(`${url}/v1/nodes`, { headers: { authorization, connection: 'close' } });
  const { code = 'right' } = (await answer.json()) as { code?: string };
  return code;
}

async function signIn({ url }: ServerProcess, username: string): Promise<string> {
  const answer = await fetch(`${url}/console/session`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ username, password: 'a wrong guess' }),
  });
  const { code = 'right' } = (await answer.json()) as { code?: string };
  return code;
}

/** How many verdicts one guesser may have been told by so many milliseconds after the first: three, then after 1, 2, 4, ... s. */
function mostVerdicts(elapsedMs: number): number {
  let told = 3;
  for (let wait = 1000, sum = 1000; sum <= elapsedMs; wait *= 2, sum += wait) told += 1;
  return told;
}

for (const [title, start, skip] of [
  ['workers on one SQLite', workersOnSqlite, false],
  ['servers on one PostgreSQL', serversOnPostgres, skipWithoutPostgres()],
] as const) {
  describe(`${title}, attacked by guesses`, { skip }, () => {
    it('tell together no more verdicts than one process alone would, and lock out on all', async (t) => {
      const processes = await start(t);
      const begun = performance.now();
      const guesses = processes.flatMap((process) =>
        Array.from({ length: 60 / processes.length }, (_, n) => ask(process, basic('admin', `guess ${n}`))),
      );
      const answers = await Promise.all(guesses);
      const told = answers.filter((code) => code === 'unauthenticated').length;
      const most = mostVerdicts(performance.now() - begun);
      assert.ok(told >= 3 && told <= most, `told ${told} of at most ${most}`);
      const others = answers.filter((code) => code !== 'unauthenticated');
      // A process verifies so many at once; what it has no room for it tells nothing of.
      assert.ok(others.every((code) => code === 'locked_out' || code === 'rate_limited'));
      const right = basic('admin', adminPassword);
      const [some] = processes as [ServerProcess];
      for (let n = 0; n < 8; n++) {
        const answer = await ask(
          processes[n % processes.length] as ServerProcess,
          basic('admin', `more ${n}`),
        );
        assert.ok(answer === 'locked_out' || performance.now() - begun > 1000, answer);
      }
      // Their own way in opens again by itself, and clears what was counted, whichever process they ask.
      while ((await ask(some, right)) !== 'right') await new Promise((resolve) => setTimeout(resolve, 200));
      for (let n = 0; n < 6; n++)
        assert.equal(await ask(processes[n % processes.length] as ServerProcess, right), 'right');
    });

    it('let one address try no more sign-ins in a minute than one process alone would', async (t) => {
      const processes = await start(t);
      const tries = Array.from({ length: 40 }, (_, n) =>
        signIn(processes[n % processes.length] as ServerProcess, `nobody ${n}`),
      );
      const answers = await Promise.all(tries);
      const times = (code: string): number => answers.filter((one) => one === code).length;
      assert.equal(times('unauthenticated'), perMinute, answers.join());
      assert.equal(times('rate_limited'), 40 - perMinute, answers.join());
      // Who asks one after the other is told of none beyond, whichever process it is.
      for (let n = 0; n < 4; n++)
        assert.equal(
          await signIn(processes[n % processes.length] as ServerProcess, 'nobody more'),
          'rate_limited',
        );
    });
  });
}
