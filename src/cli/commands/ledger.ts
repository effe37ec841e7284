import type { Command } from 'commander';
import type { Outputs } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Verification as Chains } from '../../offline.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject } from '../output.ts';
import { renderFacts } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface VerifyFlags {
  readonly anchor?: string;
  readonly data?: string;
}

type Verification = Outputs['ledger.verify'];

/** `curfew ledger`: where the chain of revocations ends, and whether it holds. */
export function addLedger(program: Command, terminal: Terminal): void {
  const ledger = program.command('ledger').description('prove that no revocation was ever changed');
  const head = ledger
    .command('head')
    .description('print number and hash of the last revocation, to be noted elsewhere')
    .addHelpText('after', '\nExample:\n  curfew ledger head >> /mnt/elsewhere/curfew-heads.txt\n');
  act(head, terminal, async (invocation) => {
    const answer = await (await invocation.client()).ledger.get();
    await printObject(invocation, answer, () => `${answer.head}:${answer.hash}\n`);
  });
  const verify = ledger
    .command('verify')
    .description('recompute every hash of ledger and journal; exit code 12 when one does not hold')
    .option(
      '--anchor <seq:hash>',
      'a line that "ledger head" printed earlier: also finds a chain written anew',
    )
    .option('--data <folder>', 'read a data folder of a stopped server instead of asking a running one')
    .addHelpText(
      'after',
      `
Examples:
  curfew ledger verify
  curfew ledger verify --anchor "$(tail -1 /mnt/elsewhere/curfew-heads.txt)"
  curfew ledger verify --data ./data
`,
    );
  act<VerifyFlags>(verify, terminal, verifyLedger);
}

async function verifyLedger(invocation: Invocation<VerifyFlags>): Promise<void> {
  const { flags, terminal } = invocation;
  const anchor = anchorOf(flags.anchor);
  const found: Verification =
    flags.data === undefined
      ? await (await invocation.client()).ledger.verify(anchor ?? {})
      : await verifyOffline(flags.data, anchor);
  await printObject(invocation, found, () => textOf(found, terminal));
  if (!found.intact) throw broken(found);
}

/** Verifies without a server, and answers as the operation does, so that programs read the same either way. */
async function verifyOffline(
  path: string,
  anchor: { seq: number; hash: string } | undefined,
): Promise<Verification> {
  // The store is loaded for this only; every other command starts faster without it.
  const { verifyData } = await import('../../offline.ts');
  const { ledger, journal } = await verifyData(path, anchor);
  const form = ({ entries, head, broken }: Chains['ledger']) => ({
    entries,
    head: head.seq,
    hash: head.hash,
    ...(broken === undefined ? {} : { broken: { ...broken } }),
  });
  return {
    intact: ledger.broken === undefined && journal.broken === undefined,
    ledger: form(ledger),
    journal: form(journal),
  };
}

function textOf({ ledger, journal }: Verification, terminal: Terminal): string {
  return renderFacts(
    [
      ['Ledger', `${ledger.entries} entries hold, the last is ${ledger.head}:${ledger.hash}`],
      ['Journal', `${journal.entries} entries hold, the last is ${journal.head}:${journal.hash}`],
    ],
    terminal,
  );
}

function broken({ ledger, journal }: Verification): CurfewError {
  const places = Object.entries({ ledger: ledger.broken, journal: journal.broken }).flatMap(([name, at]) =>
    at === undefined ? [] : [`the ${name} does not hold at entry ${at.seq}: ${at.problem}`],
  );
  const message = `${places.join('; ')}. Keep the data as it is, and compare it with the last backup that verifies.`;
  return new CurfewError('ledger_broken', message[0]?.toUpperCase() + message.slice(1));
}

function anchorOf(text: string | undefined): { seq: number; hash: string } | undefined {
  if (text === undefined) return undefined;
  const [, seq, hash] = /^(\d{1,15})[:\s]([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new CurfewError(
    'invalid_input',
    '--anchor is not a number and a hash as "curfew ledger head" prints them, such as 42:9f86d0...',
  );
}
