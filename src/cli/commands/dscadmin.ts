import type { Command } from 'commander';
import { dscadmin } from '../../core/ibm-shell/dscadmin.ts';
import type { Terminal } from '../terminal.ts';
import { addShell } from './pdadmin.ts';

/** `curfew dscadmin`: the shell of IBM's appliances for the distributed session cache. */
export function addDscadmin(program: Command, terminal: Terminal): void {
  const command = program
    .command('dscadmin')
    .description("IBM's shell dscadmin: one command, a file of commands, standard input, or a prompt");
  addShell(command, terminal, dscadmin);
  command.addHelpText(
    'after',
    `
Before the command:
  --keep-going      run the commands after one that failed

Exit codes: 0 done, 1 a command failed.

Examples:
  curfew dscadmin replica set list
  curfew dscadmin session list '*ons*' 100 ibm.com
  curfew dscadmin session terminate all_sessions 'sec_m*' ibm.com
`,
  );
}
