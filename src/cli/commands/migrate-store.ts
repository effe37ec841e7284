import type { Command } from 'commander';
import { CurfewError } from '../../core/errors.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject, say } from '../output.ts';
import { progressOn } from '../progress.ts';
import { renderFacts } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly startOver?: boolean;
  readonly reopen?: string;
}

/** `curfew migrate-store`: everything from one store to another. */
export function addMigrateStore(program: Command, terminal: Terminal): void {
  const command = program
    .command('migrate-store')
    .description('move everything from one store to another, while no server runs on either')
    .option(
      '--from <store>',
      'where the data is: sqlite:DIR, postgres://..., or env:NAME for a variable that says it',
    )
    .option('--to <store>', 'where it goes: the same forms; must be empty')
    .option('--start-over', 'drop what an earlier attempt has left in --to, instead of going on with it')
    .option(
      '--reopen <store>',
      'let servers start again on data that was moved elsewhere; ends every session in it',
    )
    .addHelpText(
      'after',
      `
Everything moves as it is: sessions with their tokens, also those that ended; the ledger and the journal with their chains;
administrators, keys, policy and users. Afterwards both stores are read side by side, and only when they say the same is
the old one left with a note that keeps a server from starting on it. Stopped at any point, the same command goes on where
it was. The file secret.key of the data folder is no part of a store: keep it, or CURFEW_SECRET_KEY, for the servers to come.

A way to a database holds a password, and every process of a machine may read a command line: put it into a variable.

Examples:
  CURFEW_STORE=postgres://curfew:...@db.example/curfew curfew migrate-store --from sqlite:./data --to env:CURFEW_STORE
  curfew migrate-store --from env:CURFEW_STORE --to sqlite:./data-again
`,
    );
  act<Flags>(command, terminal, migrateStore);
}

async function migrateStore(invocation: Invocation<Flags>): Promise<void> {
  const { flags, terminal } = invocation;
  // The stores are loaded for this only; every other command starts faster without them.
  const { moveData, reopenData } = await import('../../offline.ts');
  if (flags.reopen !== undefined) {
    if (flags.from !== undefined || flags.to !== undefined)
      throw new CurfewError('invalid_input', '--reopen stands alone, without --from and --to.');
    const ended = await reopenData(placeOf(flags.reopen, terminal), terminal.clock);
    await printObject(invocation, { ended }, () => renderFacts([['Sessions ended', ended]], terminal));
    return;
  }
  if (flags.from === undefined || flags.to === undefined)
    throw new CurfewError('invalid_input', 'Give both --from and --to, or --reopen.');
  let line = '';
  const progress = progressOn(terminal, () => line);
  let done = 0;
  const report = await moveData({
    from: placeOf(flags.from, terminal),
    to: placeOf(flags.to, terminal),
    startOver: flags.startOver === true,
    clock: terminal.clock,
    progress(step) {
      terminal.interrupted.throwIfAborted();
      line = `${step.doing} ${step.kind}: ${step.done} of ${step.total}`;
      done += 2000;
      progress.at(done);
    },
  }).finally(() => progress.end());
  const { kinds, ledger, journal, resumedAt } = report;
  const answer = {
    kinds: Object.fromEntries(kinds.map(({ kind, ...rest }) => [kind, rest])),
    ledger,
    journal,
    resumedAt,
  };
  await printObject(invocation, answer, () =>
    renderFacts(
      [
        ...kinds.map(({ kind, count, digest }): [string, string] => [kind, `${count}, SHA-256 ${digest}`]),
        ['Ledger', `${ledger.seq}:${ledger.hash}`],
        ['Found from before', resumedAt === 0 ? undefined : `${resumedAt} facts`],
      ],
      terminal,
    ),
  );
  await say(
    terminal,
    'Both stores say the same. Start the servers on the new one; on the old one none starts.',
  );
}

/** @throws CurfewError `invalid_input` when the variable is not set */
function placeOf(given: string, { env }: Terminal): string {
  if (!given.startsWith('env:')) return given;
  const name = given.slice('env:'.length);
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new CurfewError('invalid_input', `The variable ${name} is not set.`);
}
