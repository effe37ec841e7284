import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { CurfewError } from '../../core/errors.ts';
import type { Grammar } from '../../core/ibm-shell/grammar.ts';
import { pdadmin } from '../../core/ibm-shell/pdadmin.ts';
import { commandsOf } from '../../core/ibm-shell/script.ts';
import { productVersion } from '../../core/version.ts';
import { type Connection, resolveConnection } from '../connection.ts';
import { ExitWith } from '../failure.ts';
import { act, type Invocation, timeoutOf } from '../invocation.ts';
import { say } from '../output.ts';
import { type Terminal, write } from '../terminal.ts';
import { readArguments, type ShellArguments } from './pdadmin-arguments.ts';
import { converse } from './pdadmin-prompt.ts';
import { failureOf, RemoteShell } from './pdadmin-shell.ts';

/** `curfew pdadmin`: IBM's administration shell. */
export function addPdadmin(program: Command, terminal: Terminal): void {
  const command = program
    .command('pdadmin')
    .description("IBM's shell pdadmin: one command, a file of commands, standard input, or a prompt");
  addShell(command, terminal, pdadmin);
  command.addHelpText(
    'after',
    `
Before the command:
  -a <admin_id>     sign in as this administrator; without it as --login, CURFEW_USERNAME or the profile say
  -p <password>     their password, which others on this machine can see; else CURFEW_PASSWORD, or it is asked for
  -d <domain>       the realm of commands without -realm; Default is that of the server
  -m                the management domain: policy for every realm
  -l                sign in nowhere
  -histsize <n>     how many lines the prompt remembers
  -v                print the version
  --keep-going      run the commands after one that failed

Exit codes: 0 done, 1 a command failed.

Examples:
  curfew pdadmin -a sec_master -p secret server list
  curfew pdadmin -a sec_master server task default-webseald-cruz sms session terminate all_sessions dlucas -realm ibm.com
  curfew pdadmin -a sec_master cleanup.pd
  curfew pdadmin help server task
`,
  );
}

/** Gives a command the life of a shell. */
export function addShell(command: Command, terminal: Terminal, grammar: Grammar): void {
  command.argument('[command...]', 'one command, or the name of a file of commands');
  // Options of these shells have one hyphen and many letters, so they are read here and not by the parser of flags.
  command.allowUnknownOption().allowExcessArguments();
  act(command, terminal, async (invocation) => {
    try {
      await runShell(invocation, readArguments(command.args), grammar);
    } catch (thrown) {
      if (thrown instanceof ExitWith) throw thrown;
      await say(terminal, failureOf(thrown));
      throw new ExitWith(1);
    }
  });
}

async function runShell(invocation: Invocation, args: ShellArguments, grammar: Grammar): Promise<void> {
  const { terminal, flags } = invocation;
  if (args.version) {
    await write(terminal.stdout, `Curfew ${productVersion()}\n`);
    return;
  }
  const connection = await connect(invocation, args);
  const shell = new RemoteShell({
    grammar,
    connection,
    timeoutMs: timeoutOf(flags),
    signal: terminal.interrupted,
    env: terminal.env,
    print: (text) => write(terminal.stdout, text),
  });
  await enter(shell, connection, args);
  const script = await scriptOf(args, terminal);
  if (script === undefined) await converse(shell, terminal, args.historySize);
  else await runAll(shell, script, terminal, args.keepGoing);
}

/** Where the server is, and as whom it is called; `-a` and `-p` mean what `--login` and CURFEW_PASSWORD do. */
function connect(invocation: Invocation, { id, password }: ShellArguments): Promise<Connection> {
  const { terminal, flags } = invocation;
  if (id === undefined) return invocation.connection();
  const env =
    password === undefined
      ? terminal.env
      : { ...terminal.env, CURFEW_USERNAME: id, CURFEW_PASSWORD: password };
  return resolveConnection({ ...flags, login: id }, { ...terminal, env });
}

async function enter(
  shell: RemoteShell,
  { credentials }: Connection,
  { id, domain, management, local }: ShellArguments,
): Promise<void> {
  if (domain !== undefined && management) {
    throw new CurfewError('invalid_input', 'Give -d or -m, not both.');
  }
  if (local) shell.goLocal();
  else if (credentials !== undefined) {
    const name = 'basic' in credentials ? credentials.basic.username : 'key';
    const identity = { name, credentials, domain, management };
    // Whoever was named must be right at once; what a profile holds is tried with the first command.
    if (id === undefined) shell.identity = identity;
    else await shell.signIn(identity);
  }
}

/** The commands to run, or undefined to ask for them at a prompt. */
async function scriptOf({ command, file }: ShellArguments, { stdin }: Terminal): Promise<string | undefined> {
  if (command !== undefined) return command;
  if (file !== undefined) return readText(file);
  return stdin.isTTY === true ? undefined : readAll(stdin);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CurfewError(
      'invalid_input',
      `The file of commands cannot be read: ${(error as Error).message}.`,
    );
  }
}

/** @throws ExitWith 1 when one failed; those after it are run only with `keepGoing` */
async function runAll(
  shell: RemoteShell,
  script: string,
  terminal: Terminal,
  keepGoing: boolean,
): Promise<void> {
  const commands = commandsOf(script);
  let failed = 0;
  for (const [index, { text, line }] of commands.entries()) {
    try {
      if (!(await shell.run(text))) break;
    } catch (thrown) {
      failed++;
      await say(terminal, failureOf(thrown));
      if (commands.length > 1) await say(terminal, placeText(line, commands.length - index - 1, keepGoing));
      if (!keepGoing) break;
    }
  }
  if (failed > 0) throw new ExitWith(1);
}

function placeText(line: number, left: number, keepGoing: boolean): string {
  if (left === 0 || keepGoing) return `That was line ${line}.`;
  const commands = `${left} command${left === 1 ? '' : 's'}`;
  return `That was line ${line}; what comes after it was not run (${commands}). To run it all the same: --keep-going`;
}
