import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { PseudoTerminal, skipWithoutTerminal } from '../support/pseudo-terminal.ts';
import { outcomeOf, signIn, stageForAll } from './command-line.ts';

const stage = stageForAll(async ({ server }) => {
  await signIn(server.client, 'ann', 3);
  await signIn(server.client, 'bob', 2, { realm: 'plant', provider: { type: 'saml', name: 'corp' } });
});

/** `curfew top` at a terminal, with more arguments. */
function atTerminal(
  t: { after(fn: () => unknown): void },
  args: readonly string[] = [],
  size = {},
): PseudoTerminal {
  const child = stage().line.start(['top', ...args]);
  const command = [child.spawnfile, ...child.spawnargs.slice(1)];
  child.kill();
  const env = { PATH: process.env.PATH, HOME: stage().line.folder, ...stage().server.env };
  const terminal = new PseudoTerminal(command, { env, ...size });
  t.after(() => terminal.stop());
  return terminal;
}

const countOf = async (username: string): Promise<number> =>
  (await stage().server.client.sessions.list({ username, count: 'exact' })).count ?? 0;

/** Types something, and waits for what it brings about. */
async function press(
  top: PseudoTerminal,
  keys: string,
  shown: Parameters<PseudoTerminal['until']>[0],
): Promise<void> {
  top.type(keys);
  await top.until(shown);
}

/** Begins to end all sessions of the user whose row is marked. */
async function chooseAllOf(top: PseudoTerminal, username: string): Promise<void> {
  await press(top, 't', `all of ${username} in default`);
  top.type('2');
}

/** Leaves by the key for it, with the terminal as it was. */
async function quit(top: PseudoTerminal): Promise<void> {
  top.type('q');
  assert.deepEqual(await top.end(), { code: 0, isCooked: true });
  assert.equal(top.isSecondScreen, false);
}

const isWithin = (lines: readonly string[], columns: number): boolean =>
  lines.every((row) => row.length <= columns);

describe('curfew top at a terminal', { skip: skipWithoutTerminal, timeout: 240_000 }, () => {
  test('shows who is signed in, and what comes and goes by itself', async (t) => {
    const { server } = stage();
    const top = atTerminal(t);
    await top.until('5 live');
    await top.until(/providers +basic\/main 3 · saml\/corp 2/);
    await top.until(/User .*Provider/);
    assert.equal(top.isSecondScreen, true);
    await signIn(server.client, 'carl');
    await top.until('6 live');
    await top.until(/^(› | {2})carl /);
    await server.client.revocations.create({ selector: { username: 'carl' }, reason: 'a drill' });
    await top.until('5 live');
    await top.until(/last cut .*1 ended by admin, "a drill"/);
    await quit(top);
  });

  test('filters, sorts, and moves through the list', async (t) => {
    const top = atTerminal(t);
    await top.until('› bob');
    await press(
      top,
      '\x1b[B',
      (lines) =>
        lines.findIndex((row) => row.startsWith('›')) ===
        lines.findIndex((row) => row.startsWith('  bob')) + 1,
    );
    await press(top, '/', 'Filter:');
    await press(top, 'nonsense=1\r', '"nonsense=1" filters nothing');
    await press(
      top,
      '\x15realm=plant provider=saml/corp\r',
      '2 of realm=plant provider.type=saml provider.name=corp, newest first',
    );
    await press(top, 's', 'oldest first');
    await press(top, '/\r', '5 of all sessions');
    top.type('\x03');
    assert.deepEqual(await top.end(), { code: 0, isCooked: true });
  });

  test('ends sessions after preview, reason and the number typed, and nothing when it is given up', async (t) => {
    const { server } = stage();
    await signIn(server.client, 'mallory', 3);
    const top = atTerminal(t, ['--username', 'mallory']);
    await top.until('› mallory');
    await chooseAllOf(top, 'mallory');
    await top.until('3 sessions would end.');
    await press(top, '\x1b', 'q quit');
    assert.equal(await countOf('mallory'), 3);
    await press(top, 't', 'End which sessions?');
    await press(top, '2', 'Why? It stays in the ledger:');
    await press(top, '\r', 'A reason is needed');
    await press(top, 'a stolen laptop\r', 'Type 3 to end these 3 sessions:');
    await press(top, 'y\r', 'nothing was ended');
    assert.equal(await countOf('mallory'), 3);
    await press(top, '\x153\r', /Ended 3 sessions by revocation \d+\./);
    await top.until('0 of username=mallory');
    assert.equal(await countOf('mallory'), 0);
    const [entry] = (await server.client.revocations.list({ limit: 1 })).revocations;
    assert.deepEqual([entry?.reason, entry?.face, entry?.matched], ['a stolen laptop', 'cli', 3]);
    await quit(top);
  });

  test('asks again when more match than were shown', async (t) => {
    const { server } = stage();
    await signIn(server.client, 'grow', 2);
    const top = atTerminal(t, ['--username', 'grow']);
    await top.until('› grow');
    await chooseAllOf(top, 'grow');
    await top.until('2 sessions would end.');
    await press(top, 'a drill\r', 'Type 2 to end');
    await signIn(server.client, 'grow');
    await press(top, '2\r', 'More sessions match by now');
    await top.until('3 sessions would end.');
    assert.equal(await countOf('grow'), 3);
    await press(top, '\r', 'Type 3 to end');
    await press(top, '3\r', 'Ended 3 sessions');
    await quit(top);
  });

  test('follows the size of the terminal, and draws on none beyond its edge', async (t) => {
    const top = atTerminal(t, [], { rows: 12, columns: 50 });
    await top.until('› ');
    for (const [rows, columns] of [
      [30, 120],
      [6, 24],
    ] as const) {
      top.resize(rows, columns);
      await top.until(
        (lines) => lines.length <= rows && lines.some((row) => row.includes('›')) && isWithin(lines, columns),
      );
    }
    await press(top, 't', '1  this');
    await press(top, '4', 'would end');
    assert.ok(isWithin(top.lines, 24), top.lines.join('\n'));
    await press(top, '\x1b', (lines) => lines.every((row) => !row.includes('would end')));
    await quit(top);
  });

  test('gives the terminal back when it is ended by a signal', async (t) => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const top = atTerminal(t);
      await top.until('› ');
      top.signal(signal);
      assert.deepEqual(await top.end(), { code, isCooked: true });
      assert.equal(top.isSecondScreen, false);
      assert.ok(top.output.endsWith('\x1b[?25h\x1b[?1049l'));
    }
  });

  test('gives the terminal back when the program breaks, and shows why on the first screen', async (t) => {
    const screen = new URL(
      `../../src/cli/top/screen.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
      import.meta.url,
    );
    const script = `
      import { Screen } from ${JSON.stringify(screen.href)};
      const { stdin, stdout } = process;
      new Screen({ stdin, stdout }, () => {}).open();
      setTimeout(() => { throw new Error('something broke'); }, 1);`;
    const loader = import.meta.url.endsWith('.ts') ? ['--import', 'tsx'] : [];
    const command = [process.execPath, ...loader, '--input-type=module', '-e', script];
    const broken = new PseudoTerminal(command, { env: { PATH: process.env.PATH } });
    t.after(() => broken.stop());
    assert.deepEqual(await broken.end(), { code: 1, isCooked: true });
    assert.equal(broken.isSecondScreen, false);
    assert.ok(broken.lines.some((row) => row.includes('something broke')));
  });

  test('gives the terminal back, and says why, when its caller is not known any more', async (t) => {
    const { line, server } = stage();
    const { key, secret } = await server.client.keys.create({
      name: 'top',
      realm: 'plant',
      scopes: ['list'],
    });
    const top = atTerminal(t, ['--key-file', line.file('key', secret)]);
    await top.until('2 live');
    await server.client.keys.delete({ id: key.id });
    const { code, isCooked } = await top.end();
    assert.deepEqual([code, isCooked, top.isSecondScreen], [3, true, false]);
    assert.ok(
      top.lines.some((row) => row.includes('error:')),
      top.lines.join('\n'),
    );
  });
});

test('away from a terminal it prints a line for each interval, or an object with --json', async () => {
  const { line, server } = stage();
  for (const json of [false, true]) {
    const child = line.start(['top', '--interval', '200ms', ...(json ? ['--json'] : [])], server.env);
    const ended = outcomeOf(child);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    for await (const text of reader) {
      lines.push(text);
      if (lines.length === 3) break;
    }
    child.kill('SIGINT');
    await ended;
    if (!json) assert.match(lines[2] ?? '', /live=\d+ matched=\d+ registered=\d+ ended=\d+ refused=\d+$/);
    else assert.equal(typeof (JSON.parse(lines[2] ?? '') as { live: number }).live, 'number');
  }
});

test('it looks once with --once, and ends', async () => {
  const { line, server } = stage();
  const { code, stdout } = await line.run(['top', '--once'], { env: server.env });
  assert.equal(code, 0);
  assert.match(stdout, /^\d+ live {3}/m);
  assert.match(stdout, /^providers /m);
  const json = await line.run(['top', '--once', '--json', '--realm', 'plant'], { env: server.env });
  const seen = JSON.parse(json.stdout) as { sessions: { username: string }[]; matched: number };
  assert.deepEqual([seen.matched, seen.sessions.map(({ username }) => username)], [2, ['bob', 'bob']]);
});

test('who may not look, or asks nobody, is told so with an exit code', async () => {
  const { line, server } = stage();
  const away = await line.run(['top', '--once'], {
    env: { ...server.env, CURFEW_URL: 'http://127.0.0.1:9' },
  });
  assert.equal(away.code, 10);
  const wrong = await line.run(['top'], { env: { ...server.env, CURFEW_PASSWORD: 'wrong' } });
  assert.equal(wrong.code, 3);
});
