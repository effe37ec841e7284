import type { Command } from 'commander';
import { eachJournalEntry, type JournalItem } from '../../client/lists.ts';
import { formatInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList } from '../output.ts';
import { wholeNumber } from '../selector-flags.ts';
import type { Column } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const columns: readonly Column<JournalItem>[] = [
  { title: 'Seq', value: ({ seq }) => seq, align: 'right' },
  { title: 'At', value: ({ at }) => formatInstant(at) },
  { title: 'Event', value: ({ event }) => event },
  { title: 'By', value: ({ by }) => by.name },
  { title: 'Through', value: ({ face, from }) => (from === undefined ? face : `${face} from ${from}`) },
  { title: 'Detail', value: ({ detail }) => JSON.stringify(detail) },
];

interface Flags {
  readonly after?: string;
  readonly limit?: string;
}

/** `curfew journal`: who changed administrators, keys and policy. */
export function addJournal(program: Command, terminal: Terminal): void {
  const list = program
    .command('journal')
    .description('see who changed administrators, keys and policy')
    .command('list')
    .description('list the entries of the journal, the oldest first')
    .option('--after <number>', 'only entries with a greater number')
    .option('--limit <number>', 'the most to print')
    .addHelpText('after', '\nExamples:\n  curfew journal list\n  curfew journal list --after 120 --json\n');
  act<Flags>(list, terminal, async (invocation: Invocation<Flags>) => {
    const after = wholeNumber(invocation.flags.after, '--after', 0) ?? 0;
    const limit = wholeNumber(invocation.flags.limit, '--limit', 1) ?? Number.POSITIVE_INFINITY;
    const entries = eachJournalEntry(await invocation.client(), after, Math.min(limit, 1000));
    await printList(invocation, upTo(entries, limit), columns, 'The journal has no entry here.');
  });
}

async function* upTo<Item>(all: AsyncIterable<Item>, limit: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of all) {
    yield item;
    if (++count >= limit) return;
  }
}
