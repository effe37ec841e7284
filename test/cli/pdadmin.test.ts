import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments } from '../../src/cli/commands/pdadmin-arguments.ts';
import { adminPassword, outcomeOf, signIn, stageForAll, startServerProcess } from './command-line.ts';

const cruz = 'default-webseald-cruz';
const sms = `server task ${cruz} sms`;

let url: Record<string, string>;

const stage = stageForAll(
  async ({ server }) => {
    url = { CURFEW_URL: server.url };
    await server.client.admins.create({
      username: 'sec_master',
      accessGroups: ['administrator'],
      realm: null,
      password: adminPassword,
    });
  },
  ['--faces-ibm-servers', cruz],
);

const as = ['-a', 'sec_master', '-p', adminPassword];
const run = (args: readonly string[], input = '', env = url) =>
  stage().line.run(['pdadmin', ...args], { env, input });
const live = async (realm = 'ibm.com') =>
  (await stage().server.client.sessions.list({ realm })).sessions.map(({ username }) => username).sort();

test('one command is run as IBM writes it, with exit code 0', async () => {
  const { server } = stage();
  await signIn(server.client, 'dlucas', 2, { realm: 'ibm.com' });
  await signIn(server.client, 'Mary Jones', 1, { realm: 'ibm.com' });
  const list = await run([...as, 'server', 'list']);
  assert.deepEqual([list.code, list.stdout, list.stderr], [0, `${cruz}\n`, '']);
  const words = `${sms} session terminate all_sessions dlucas -realm ibm.com`.split(' ');
  const done = await run([...as, ...words]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^2 sessions of dlucas in the realm ibm\.com were terminated/);
  // The shell has taken the quotes away; the name is one word all the same.
  const quoted = await run([
    ...as,
    ...`${sms} session terminate all_sessions`.split(' '),
    'Mary Jones',
    '-realm',
    'ibm.com',
  ]);
  assert.match(quoted.stdout, /^1 session of "Mary Jones"/);
  const whole = await run([...as, `${sms} session list * 5 -realm ibm.com`]);
  assert.equal(whole.stdout, '0 of 0 matching sessions shown\n');
});

test('a failure is exit code 1, with message identifier and hexadecimal status', async () => {
  for (const [args, expected] of [
    [
      [...as, `${sms} session terminate all_sessions ann -realm nowhere`],
      /CTGSI0306E .*\(status 0x38c58132\)/,
    ],
    [[...as, 'server task elsewhere sms realm list'], /HPDMG0754W .*\(status 0x14c012f2\)/],
    [[...as, 'frobnicate'], /CTGSI0313E .*\(status 0x38c58139\)/],
    [[...as, `${sms} session terminate all_sessions ann`], /-realm is missing\. Syntax: /],
    [['-a', 'sec_master', '-p', 'wrong password', 'server', 'list'], /CTGSI0303E .*\(status 0x38c5812f\)/],
    [['server', 'list'], /CTGSI0303E Nobody is signed in/],
    [['-a'], /-a needs a value/],
    [['-bogus', 'server', 'list'], /There is no option -bogus/],
    [[...as, '-d', 'nowhere', 'server', 'list'], /CTGSI0306E/],
    [[...as, '-d', 'x', '-m', 'server', 'list'], /not both/],
  ] as const) {
    const { code, stdout, stderr } = await run(args);
    assert.deepEqual([code, stdout], [1, ''], args.join(' '));
    assert.match(stderr, /^Could not perform the administration request\.\nError: /);
    assert.match(stderr, expected);
    assert.equal(/wrong password/.test(stderr), false);
  }
});

test('an empty cut is a warning with exit code 0 (P10)', async () => {
  await signIn(stage().server.client, 'ann', 1, { realm: 'ibm.com' });
  const { code, stdout } = await run([...as, `${sms} session terminate all_sessions nobody -realm ibm.com`]);
  assert.equal(code, 0);
  assert.match(stdout, /^CTGSI0312W Warning: 0 sessions matched\./);
  assert.deepEqual(await live(), ['ann']);
});

test('a file of commands runs up to the first that fails, or with --keep-going to its end', async () => {
  const { line, server } = stage();
  await signIn(server.client, 'bob', 1, { realm: 'files' });
  const script = `# what the night brings\r\n\r\n${sms} realm show files\r\nbogus\r\n${sms} session terminate \\\r\n  all_sessions bob \u2013realm files\r\n`;
  const file = line.file('night.pd', script);
  const stopped = await run([...as, file]);
  assert.deepEqual([stopped.code, stopped.stdout], [1, 'files\n']);
  assert.match(stopped.stderr, /That was line 4; what comes after it was not run \(1 command\)/);
  assert.deepEqual(await live('files'), ['bob']);
  const through = await run(['--keep-going', ...as, file]);
  assert.equal(through.code, 1);
  assert.match(through.stdout, /1 session of bob/);
  assert.deepEqual(await live('files'), []);
});

test('commands come from standard input, with logins among them, until exit', async () => {
  const { code, stdout } = await run(
    [],
    `context show\nlogin -a sec_master -p "${adminPassword}"\ncontext show\nlogin -a admin -p "${adminPassword}" -d ibm.com\ncontext show\nlogout\ncontext show\nerrtext 0x14c012f2\nexit\nbogus\n`,
  );
  assert.equal(code, 0);
  assert.deepEqual(stdout.split('\n').slice(0, 6), [
    'Nobody is signed in.',
    'User: sec_master',
    'Domain: Default (realm default)',
    'User: admin',
    'Domain: ibm.com (realm ibm.com)',
    'Nobody is signed in.',
  ]);
  assert.match(stdout, /^HPDMG0754W /m);
});

test('a login that fails leaves the one before as it was, and repeats no password', async () => {
  const { code, stdout, stderr } = await run(
    ['--keep-going', ...as],
    'login -a sec_master -p hunter22\ncontext show\nlogin -a nobody\nlogin -l\nserver list\n',
  );
  assert.equal(code, 1);
  assert.match(stdout, /User: sec_master/);
  assert.equal((stdout + stderr).includes('hunter22'), false);
  assert.match(stderr, /Nobody can be asked here/);
  assert.match(stderr, /Nobody is signed in/);
});

test('the password comes from the environment, and credentials from where every command has them', async () => {
  const env = { ...url, CURFEW_PASSWORD: adminPassword };
  assert.equal((await run(['-a', 'sec_master', 'server', 'list'], '', env)).stdout, `${cruz}\n`);
  assert.match((await run(['context', 'show'], '', { ...stage().server.env })).stdout, /^User: admin\n/);
  const other = await run(['-a', 'sec_master', 'server', 'list'], '', {
    ...url,
    CURFEW_USERNAME: 'admin',
    CURFEW_PASSWORD: 'x',
  });
  assert.deepEqual([other.code, other.stdout], [1, '']);
});

test('help and errtext need neither server nor login', async () => {
  const nowhere = { CURFEW_URL: 'http://127.0.0.1:1' };
  const help = await run(['help', 'policy'], '', nowhere);
  assert.match(help.stdout, /^policy set max-concurrent-web-sessions <limit> \[-user <user_name>\]\n {4}\S/);
  assert.match((await run(['errtext', '952467768'], '', nowhere)).stdout, /^CTGSI0312W/);
  assert.match((await run(['-v'], '', nowhere)).stdout, /^Curfew \d/);
  assert.match((await run(['--help'], '', nowhere)).stdout, /-a <admin_id>/);
  const away = await run([...as, 'server', 'list'], '', nowhere);
  assert.equal(away.code, 1);
  assert.match(away.stderr, /CTGSI0301E .*cannot be reached/);
});

test('a folder that is named like a command does not keep it from running', () => {
  const { line } = stage();
  assert.deepEqual(readArguments([line.folder]).command, line.folder);
  assert.deepEqual(readArguments([line.file('script.pd', '')]).command, undefined);
});

test('dscadmin has its own argument order, and patterns in its terminate', async () => {
  const { line, server } = stage();
  await signIn(server.client, 'sec_mary', 1, { realm: 'dsc' });
  await signIn(server.client, 'SEC_MAX', 1, { realm: 'dsc' });
  await signIn(server.client, 'bob', 1, { realm: 'dsc' });
  const dsc = (args: readonly string[], input = '') =>
    line.run(['dscadmin', ...args], { env: server.env, input });
  assert.match(
    (await dsc(['session', 'list', '*MA*', '100', 'dsc'])).stdout,
    /2 of 2 matching sessions shown\n$/,
  );
  const done = await dsc([], 'replica set show dsc\nsession terminate all_sessions sec_m* dsc\nquit\n');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^default-webseald-cruz +20[\s\S]*\n2 sessions of 2 users/);
  assert.deepEqual(await live('dsc'), ['bob']);
  const failed = await dsc(['session', 'terminate', 'all_sessions', 'bob', 'nowhere']);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /CTGSI0306E/);
});

test('a server without the face says so', async (t) => {
  const { line } = stage();
  const data = join(line.folder, 'faceless');
  const faceless = await startServerProcess(data, ['--faces-ibm-enabled', 'false']);
  t.after(() => faceless.stop());
  const { code, stderr } = await line.run(['pdadmin', 'server', 'list'], { env: faceless.env });
  assert.equal(code, 1);
  assert.match(stderr, /faces\.ibm\.enabled/);
});

const python = spawnSync('python3', ['-c', 'import pty']).status === 0;

/** Types lines at a terminal, each when its prompt has appeared, and gives everything that was shown. */
const typist = `
import os, pty, sys, select, json
args, exchanges = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(args[0], args)
shown, seen = b'', 0
def wait(text):
    global shown, seen
    while text.encode() not in shown[seen:]:
        if not select.select([fd], [], [], 60)[0]: sys.exit('waited for ' + text + ' in vain: ' + shown.decode())
        try: part = os.read(fd, 65536)
        except OSError: part = b''
        if part == b'': sys.exit('ended before ' + text + ': ' + shown.decode())
        shown += part
    seen = shown.index(text.encode(), seen) + len(text.encode())
for prompt, keys in exchanges:
    wait(prompt)
    os.write(fd, keys.encode())
while True:
    try: part = os.read(fd, 65536)
    except OSError: break
    if part == b'': break
    shown += part
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test('at a terminal it prompts, asks for the password unseen, completes and remembers', {
  skip: python ? false : 'no python3 here to make a pseudo-terminal',
}, async () => {
  const { line } = stage();
  const child = line.start(['pdadmin'], url);
  const command = [child.spawnfile, ...child.spawnargs.slice(1)];
  child.kill();
  await outcomeOf(child);
  const exchanges = [
    ['pdadmin> ', 'login\r'],
    ['Enter User ID: ', 'sec_master\r'],
    ['Enter Password: ', `${adminPassword}\r`],
    // A tabulator completes when it comes alone, not within what was pasted.
    ['pdadmin sec_master> ', 'server li'],
    ['server li', '\t'],
    ['st', '\r'],
    [cruz, ''],
    ['pdadmin sec_master> ', 'server task def'],
    ['server task def', '\t'],
    ['ault-webseald-cruz', ' sms realm li'],
    [' sms realm li', '\t'],
    ['st', '\r'],
    ['default', ''],
    ['pdadmin sec_master> ', '\u001b[A\r'],
    ['pdadmin sec_master> ', `${sms} realm \\\r`],
    ['> ', 'show nowhere\r'],
    ['0x38c58132', ''],
    ['pdadmin sec_master> ', 'half a comm\u0003'],
    ['half a comm', 'login -l\r'],
    ['pdadmin local> ', 'exit\r'],
  ];
  const { stdout, stderr, status } = spawnSync(
    'python3',
    ['-c', typist, JSON.stringify(command), JSON.stringify(exchanges)],
    { encoding: 'utf8', env: { PATH: process.env.PATH ?? '', HOME: line.folder, TERM: 'xterm', ...url } },
  );
  assert.equal(status, 0, stderr);
  assert.equal(stdout.includes(adminPassword), false);
  // The arrow key brought the last command back, and what was thrown away by Ctrl-C was not run.
  assert.equal(stdout.split('\n').filter((shown) => shown.trim() === 'default').length, 2);
  assert.equal(stdout.includes('half is not a command'), false);
});
