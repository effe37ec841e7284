import type { Command } from 'commander';
import { act } from '../invocation.ts';
import { printObject } from '../output.ts';
import { renderFacts } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** `curfew backup`: a copy of a running server's data. */
export function addBackup(program: Command, terminal: Terminal): void {
  const command = program
    .command('backup')
    .description("write a consistent copy of a running server's data, on the server's own machine")
    .addHelpText('after', '\nExample:\n  curfew backup\n\nSee "curfew restore --help" for the way back.\n');
  act(command, terminal, async (invocation) => {
    const answer = await (await invocation.client()).store.backup();
    await printObject(invocation, answer, () =>
      renderFacts(
        [
          ['Backup', answer.path],
          ['Bytes', answer.sizeBytes],
          ['Taken', answer.takenAt],
          ['Ledger', `${answer.head}:${answer.hash}`],
        ],
        terminal,
      ),
    );
  });
}
