/**
 * Draws docs/images/terminal.svg: starts the built server with data of its own, types the commands below in a real
 * terminal (of `script`, from util-linux) and draws what came back, word for word. `node scripts/terminal-picture.mjs`
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot, setUpOrExit } from './set-up.mjs';
import { drawTerminal } from './terminal-drawing.mjs';

const COLUMNS = 104;
const OUTPUT = join(projectRoot, 'docs/images/terminal.svg');
const PASSWORD = 'correct-horse-battery';

const CHECK = `curl -si $CURFEW_URL/v1/check -b "curfew_session=$TOKEN" | grep -iE '^(http|remote|curfew)'`;
const CUT = 'curfew terminate --provider-type saml --provider-name corp';
const COMMANDS = [
  CHECK,
  'curfew sessions list --created-from "15m ago"',
  `${CUT} --dry-run`,
  `${CUT} --reason "the IdP key leaked" --yes`,
  CHECK,
  'curfew ledger verify',
];

await setUpOrExit();
const folder = mkdtempSync(join(tmpdir(), 'curfew-picture-'));
const { server, url } = await startServer();
try {
  const token = await registerSome();
  const pages = COMMANDS.map((command) => ({ command, output: type(command, token) }));
  mkdirSync(dirname(OUTPUT), { recursive: true });
  writeFileSync(
    OUTPUT,
    drawTerminal(pages, {
      columns: COLUMNS,
      title: 'One key leaked, one order, and everybody who came by it is out',
    }),
  );
  console.log(`wrote ${OUTPUT}`);
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('close', resolve));
  rmSync(folder, { recursive: true, force: true });
}

/** @returns {Promise<{ server: import('node:child_process').ChildProcess, url: string }>} */
function startServer() {
  const args = ['dist/src/main.js', '--port', '0', '--data', join(folder, 'data'), '--log-level', 'error'];
  const server = spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, CURFEW_ADMIN_PASSWORD: PASSWORD },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    server.once('close', (code) => reject(new Error(`the server ended with ${code}`)));
    server.stdout.on('data', (text) => {
      said += text;
      const url = /curfew listening on (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve({ server, url });
    });
  });
}

/** Registers a few sessions as an application would. @returns {Promise<string>} the token of one from the provider that is cut */
async function registerSome() {
  const provider = { type: 'saml', name: 'corp' };
  await register({
    username: 'carol',
    provider: { type: 'ldap', name: 'office' },
    app: 'wiki',
    client: { ip: '198.51.100.23' },
  });
  await register({ username: 'bob', provider, app: 'shop', client: { ip: '192.0.2.77' } });
  return register({
    username: 'ann',
    provider,
    app: 'shop',
    client: { ip: '192.0.2.7' },
    accessGroups: ['buyers'],
  });
}

/**
 * @param {unknown} body
 * @returns {Promise<string>} the token
 */
async function register(body) {
  const response = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`registering answered ${response.status}`);
  return /** @type {{ token: string }} */ (await response.json()).token;
}

/**
 * @param {string} command
 * @param {string} token
 * @returns {string} what the terminal showed, with its colours
 */
function type(command, token) {
  const shell = `stty cols ${COLUMNS} rows 40; curfew() { "${process.execPath}" dist/src/cli/main.js "$@"; }; ${command}`;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TERM: 'xterm-256color',
    SHELL: '/bin/bash',
    CURFEW_URL: url,
    CURFEW_USERNAME: 'admin',
    CURFEW_PASSWORD: PASSWORD,
    TOKEN: token,
  };
  const { stdout, status, error } = spawnSync('script', ['-qec', shell, '/dev/null'], {
    cwd: projectRoot,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error !== undefined || status !== 0)
    throw error ?? new Error(`${command}: exit code ${status}: ${stdout}`);
  return stdout.replaceAll('\r', '');
}
