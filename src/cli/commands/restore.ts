import type { Command } from 'commander';
import { confirm } from '../ask.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject, warn } from '../output.ts';
import { renderFacts } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly data: string;
  readonly force?: boolean;
  readonly keepSessions?: boolean;
  readonly yes?: boolean;
}

const risk =
  'With --keep-sessions every session of the backup lives on: terminations made after the backup are undone, and whoever was thrown out since is in again.';

/** `curfew restore`: a backup in the place of a stopped server's data. */
export function addRestore(program: Command, terminal: Terminal): void {
  const command = program
    .command('restore')
    .description("put a backup in the place of a stopped server's data, and end every session in it")
    .argument('<file>', 'the backup, as "curfew backup" wrote it')
    .requiredOption('--data <folder>', 'the data folder of the server, which must be stopped')
    .option('--force', 'put data that is there aside, into a folder beside it; nothing is deleted')
    .option(
      '--keep-sessions',
      'do not end the sessions of the backup, though terminations made after it are undone',
    )
    .option('-y, --yes', 'do not ask before --keep-sessions')
    .addHelpText(
      'after',
      `
A termination made after the backup is not in it. So every session of the backup is ended by one revocation before it
takes its place, and everybody signs in anew.

Examples:
  curfew restore data/backups/curfew-2031-05-01T10-00-00-000Z.db --data ./data --force
`,
    );
  act<Flags>(command, terminal, restore);
}

async function restore(invocation: Invocation<Flags>, backup = ''): Promise<void> {
  const { flags, terminal } = invocation;
  const keepSessions = flags.keepSessions === true;
  if (keepSessions) {
    await warn(terminal, risk);
    if (!flags.yes)
      await confirm(
        terminal,
        'Let them live all the same?',
        'Nobody can be asked here; add --yes to accept that.',
      );
  }
  // The store is loaded for this only; every other command starts faster without it.
  const { restoreBackup } = await import('../../offline.ts');
  const { ended, head, movedTo } = await restoreBackup({
    backup,
    directory: flags.data,
    replace: flags.force === true,
    keepSessions,
    clock: terminal.clock,
  });
  const answer = { ended, head: head.seq, hash: head.hash, ...(movedTo === undefined ? {} : { movedTo }) };
  await printObject(invocation, answer, () =>
    renderFacts(
      [
        ['Restored', flags.data],
        ['Former data', movedTo],
        ['Sessions ended', keepSessions ? undefined : ended],
        ['Ledger', `${head.seq}:${head.hash}`],
      ],
      terminal,
    ),
  );
}
