import type { Command } from 'commander';
import { eachRevocation, type RevocationItem } from '../../client/lists.ts';
import type { Outputs } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { formatDuration, formatInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject } from '../output.ts';
import { wholeNumber } from '../selector-flags.ts';
import { selectorText } from '../selector-text.ts';
import { type Column, renderFacts } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const columns: readonly Column<RevocationItem>[] = [
  { title: 'Seq', value: ({ seq }) => seq, align: 'right' },
  { title: 'At', value: ({ at }) => formatInstant(at) },
  { title: 'By', value: ({ by }) => by.name },
  { title: 'Face', value: ({ face }) => face },
  { title: 'Ended', value: ({ matched }) => matched, align: 'right' },
  { title: 'Swept', value: sweepText },
  { title: 'Selector', value: ({ selector }) => selectorText(selector) },
  { title: 'Reason', value: ({ reason }) => reason },
];

/** `curfew revocations`: read the ledger. */
export function addRevocations(program: Command, terminal: Terminal): void {
  const revocations = program
    .command('revocations')
    .description('read the ledger: every cut that was ever made');
  const list = revocations
    .command('list')
    .description('list revocations, the newest first')
    .option('--limit <number>', 'the most to print, or all (default: 20 in a table, all with --json)')
    .addHelpText(
      'after',
      '\nExamples:\n  curfew revocations list\n  curfew revocations list --json > ledger.ndjson\n',
    );
  act<{ limit?: string }>(list, terminal, listRevocations);
  const show = revocations
    .command('show')
    .description('show one revocation, with how far its sweep has come')
    .argument('<seq>', 'its number in the ledger')
    .addHelpText('after', '\nExample:\n  curfew revocations show 42\n');
  act(show, terminal, showRevocation);
}

async function listRevocations(invocation: Invocation<{ limit?: string }>): Promise<void> {
  const { flags } = invocation;
  const unbounded = flags.limit === 'all' || (flags.limit === undefined && flags.json === true);
  const limit = unbounded ? Number.POSITIVE_INFINITY : (wholeNumber(flags.limit, '--limit', 1) ?? 20);
  const client = await invocation.client();
  await printList(
    invocation,
    firstOf(eachRevocation(client, Math.min(limit, 1000)), limit),
    columns,
    'The ledger is empty.',
  );
}

async function showRevocation(invocation: Invocation, given = ''): Promise<void> {
  const seq = wholeNumber(given, 'seq', 1);
  if (seq === undefined) throw new CurfewError('invalid_input', 'The number of the revocation is missing.');
  const client = await invocation.client();
  const answer = await client.revocations.get({ seq });
  await printObject(invocation, answer, () => textOf(answer.revocation, invocation.terminal));
}

function textOf(revocation: Outputs['revocations.get']['revocation'], terminal: Terminal): string {
  const { seq, at, by, face, from, matched, selector, reason, refused, hash, previousHash } = revocation;
  return renderFacts(
    [
      ['Revocation', seq],
      ['At', formatInstant(at)],
      ['By', `${by.name} (${by.kind} ${by.id})`],
      ['Through', from === undefined ? face : `${face} from ${from}`],
      ['Reason', reason],
      ['Selector', selectorText(selector)],
      ['Ended', matched],
      ['Swept', sweepText(revocation)],
      ['Refused since', refused],
      ['Hash', hash],
      ['Hash before', previousHash],
    ],
    terminal,
  );
}

/** Every session is dead from the start; the sweep only writes it into their rows. */
function sweepText({ at, matched, sweep }: RevocationItem): string {
  if (sweep.sweptAt !== null)
    return `all after ${formatDuration(Date.parse(sweep.sweptAt) - Date.parse(at))}`;
  const share = matched === 0 ? 100 : Math.min(100, Math.floor((100 * sweep.swept) / matched));
  return `${share}%`;
}

async function* firstOf<Item>(all: AsyncIterable<Item>, limit: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of all) {
    yield item;
    if (++count >= limit) return;
  }
}
