import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import { formatInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject, warn } from '../output.ts';
import { type Column, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Node = Awaited<ReturnType<Client['nodes']['list']>>['nodes'][number];

const columns: readonly Column<Node>[] = [
  { title: 'Name', value: ({ name }) => name },
  { title: 'Version', value: ({ version }) => version },
  { title: 'Since', value: ({ startedAt }) => formatInstant(startedAt) },
  { title: 'Ledger', value: ({ head }) => head, align: 'right' },
  { title: 'Last contact', value: ({ lastContactAt }) => formatInstant(lastContactAt) },
  { title: 'State', value: ({ isSilent }) => (isSilent ? 'silent' : 'heard of') },
];

/** `curfew nodes`: the processes that share the store. */
export function addNodes(program: Command, terminal: Terminal): void {
  const command = program
    .command('nodes')
    .description('list the servers and workers that share the store, and when each was last heard of')
    .addHelpText('after', '\nExamples:\n  curfew nodes\n  curfew nodes --json\n');
  act(command, terminal, listNodes);
}

async function listNodes(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const client = await invocation.client();
  const answer = await client.nodes.list();
  await printObject(invocation, answer, () => renderTable([...answer.nodes], columns, terminal));
  for (const warning of answer.warnings) await warn(terminal, warning);
}
