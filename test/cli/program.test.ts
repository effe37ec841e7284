import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { allNodes, commandTree } from '../../src/cli/command-tree.ts';
import { createProgram } from '../../src/cli/program.ts';
import { cliReference } from '../../src/cli/reference.ts';
import { processTerminal } from '../../src/cli/terminal.ts';
import { createClient } from '../../src/client/client.ts';
import { freePort } from '../support/ports.ts';
import { adminPassword, type CommandLine, commandLine, outcomeOf } from './command-line.ts';

let line: CommandLine;

before(() => {
  line = commandLine();
});

after(() => line.remove());

const tree = () => [...allNodes(commandTree(createProgram(processTerminal(new AbortController().signal))))];

test('every command describes itself and each of its flags', () => {
  const nodes = tree();
  assert.ok(nodes.length > 30);
  for (const { path, command, options } of nodes) {
    assert.notEqual(command.description(), '', path.join(' '));
    for (const option of options)
      assert.notEqual(option.description, '', `${path.join(' ')} ${option.flags}`);
  }
});

test('no flag of a command hides one that every command has', () => {
  const [root, ...rest] = tree();
  const global = new Set(root?.options.map((option) => option.attributeName()));
  for (const { path, options } of rest) {
    for (const option of options)
      assert.ok(!global.has(option.attributeName()), `${path.join(' ')} ${option.flags}`);
  }
});

test('the reference page names every command and flag, and is the same each time', () => {
  const page = cliReference();
  assert.equal(cliReference(), page);
  for (const { path, options, subcommands } of tree()) {
    if (subcommands.length === 0) assert.ok(page.includes(`## curfew ${path.join(' ')}\n`), path.join(' '));
    if (subcommands.length === 0)
      for (const { flags } of options) assert.ok(page.includes(`| \`${flags}\` |`), flags);
  }
  assert.match(page, /\| 12 \| The ledger does not verify \(`ledger_broken`\) \|/);
});

test('help and version are answered on standard output with success', async () => {
  const help = await line.run(['terminate', '--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Usage: curfew terminate .*Examples:/s);
  assert.match((await line.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('bash completes commands, flags and their choices', async () => {
  const { code, stdout: script } = await line.run(['completion', 'bash']);
  assert.equal(code, 0);
  const complete = (...words: string[]) => {
    const ask = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _curfew; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout.split('\n').filter((word) => word !== '');
  };
  assert.deepEqual(complete('curfew', 'sess'), ['sessions']);
  assert.deepEqual(complete('curfew', '--url', 'sessions', 'sessions', 'w'), ['watch']);
  assert.deepEqual(complete('curfew', 'sessions', 'list', '--state', ''), ['live', 'ended', 'any']);
  assert.deepEqual(complete('curfew', 'terminate', '--dry'), ['--dry-run']);
  assert.deepEqual(complete('curfew', 'completion', 'z'), ['zsh']);
  assert.ok(complete('curfew', 'policy', 'set', '--').includes('--preset'));
});

test('zsh and fish have scripts that name every command, and another shell is refused', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { stdout } = await line.run(['completion', shell]);
    for (const word of ['sessions', 'watch', 'terminate', 'dry-run', 'effective'])
      assert.ok(stdout.includes(word), `${shell} ${word}`);
  }
  assert.equal((await line.run(['completion', 'csh'])).code, 2);
});

test('serve runs a server with the flags given, and ends in order on SIGTERM', async () => {
  const port = await freePort();
  const child = line.start(
    ['serve', '--port', String(port), '--data', join(line.folder, 'data'), '--log-level', 'error'],
    {
      CURFEW_ADMIN_PASSWORD: adminPassword,
    },
  );
  const ended = outcomeOf(child);
  await new Promise<void>((resolve) =>
    child.stdout?.on('data', (text: string) => text.includes('listening') && resolve()),
  );
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    credentials: { basic: { username: 'admin', password: adminPassword } },
  });
  assert.equal((await client.system.status()).caller.name, 'admin');
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0);
});

test('serve refuses a flag it does not know, and a value it cannot read', async () => {
  assert.equal((await line.run(['serve', '--prot', '1'])).code, 2);
  const { code, stderr } = await line.run(['serve', '--port', 'x', '--data', join(line.folder, 'none')]);
  assert.equal(code, 2);
  assert.match(stderr, /port/);
});
