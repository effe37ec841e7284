import { Command, Option } from 'commander';
import { productVersion } from '../core/version.ts';
import { addAdmins } from './commands/admins.ts';
import { addBackup } from './commands/backup.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDscadmin } from './commands/dscadmin.ts';
import { addExport } from './commands/export.ts';
import { addImport } from './commands/import.ts';
import { addJournal } from './commands/journal.ts';
import { addKeys } from './commands/keys.ts';
import { addLedger } from './commands/ledger.ts';
import { addMigrateStore } from './commands/migrate-store.ts';
import { addNodes } from './commands/nodes.ts';
import { addPdadmin } from './commands/pdadmin.ts';
import { addPolicy } from './commands/policy.ts';
import { addProfile } from './commands/profile.ts';
import { addProviders } from './commands/providers.ts';
import { addRestore } from './commands/restore.ts';
import { addRevocations } from './commands/revocations.ts';
import { addSamples } from './commands/samples.ts';
import { addServe } from './commands/serve.ts';
import { addSessions } from './commands/sessions.ts';
import { addTerminate } from './commands/terminate.ts';
import { addTop } from './commands/top.ts';
import { addUsers } from './commands/users.ts';
import { type Terminal, wantsColor } from './terminal.ts';

const connectionHeading = 'Which server, and as whom:';
const outputHeading = 'Output:';

/** The whole command line of Curfew. Nothing runs before it is given arguments. */
export function createProgram(terminal: Terminal): Command {
  const { stdout, stderr, env } = terminal;
  const program = new Command('curfew')
    .description('See every signed-in session, and end any set of them at once, everywhere, provably.')
    .version(productVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => wantsColor(stdout, env),
      getErrHasColors: () => wantsColor(stderr, env),
    })
    .showHelpAfterError('(add --help to see what can be said)')
    .exitOverride();
  addGlobalFlags(program);
  addServe(program, terminal);
  addSessions(program, terminal);
  addTop(program, terminal);
  addTerminate(program, terminal);
  addRevocations(program, terminal);
  addLedger(program, terminal);
  addUsers(program, terminal);
  addProviders(program, terminal);
  addAdmins(program, terminal);
  addKeys(program, terminal);
  addPolicy(program, terminal);
  addJournal(program, terminal);
  addBackup(program, terminal);
  addRestore(program, terminal);
  addMigrateStore(program, terminal);
  addNodes(program, terminal);
  addImport(program, terminal);
  addExport(program, terminal);
  addSamples(program, terminal);
  addPdadmin(program, terminal);
  addDscadmin(program, terminal);
  addDoctor(program, terminal);
  addProfile(program, terminal);
  addCompletion(program, terminal);
  return program.addHelpText('after', firstSteps);
}

function addGlobalFlags(program: Command): void {
  const connection: readonly (readonly [string, string])[] = [
    ['--url <url>', 'address of the server; else CURFEW_URL, the profile in use, http://127.0.0.1:2200'],
    ['--login <name>', 'sign in as this administrator; else CURFEW_USERNAME'],
    [
      '--password-file <file>',
      'read the password from the first line of a file, - is standard input; else CURFEW_PASSWORD',
    ],
    [
      '--password <password>',
      'the password itself, which others on this machine can see in the list of processes',
    ],
    ['--key-file <file>', 'use the application key (or session token) in a file; else CURFEW_KEY'],
    ['--profile <name>', 'use a saved profile; else CURFEW_PROFILE, or the one in use'],
    ['--ca <file>', 'trust the certificates (PEM) in a file; else CURFEW_CA'],
    ['--insecure', 'accept any certificate; for tests only'],
    ['--timeout <duration>', 'how long one request may take (default: 30s)'],
  ];
  for (const [flag, text] of connection)
    program.addOption(new Option(flag, text).helpGroup(connectionHeading));
  program.addOption(
    new Option('--json', 'print JSON; lists have one object a line').helpGroup(outputHeading),
  );
  program.addOption(new Option('--debug', 'show where an error came from').helpGroup(outputHeading));
}

const firstSteps = `
Examples:
  curfew serve                                        start a server here
  curfew profile add local --login admin              save address and credentials
  curfew sessions list --username ann                 who is signed in as ann
  curfew top                                          follow what happens, and end sessions from there
  curfew terminate --username ann --dry-run           what a cut would hit
  curfew terminate --username ann --reason "left"     make it

Exit codes: 0 done, 2 the command is not valid, 3 not signed in, 4 not allowed, 5 not found, 6 changed meanwhile,
7 more sessions match than expected, 10 the server or its store cannot be reached, 12 the ledger is broken.
`;
