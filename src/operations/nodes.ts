import { z } from 'zod';
import { type NodeState, silentMs } from '../session/nodes.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';

/** The nodes, and what somebody should know who relies on the store. */
export const nodesSchema = z.object({
  node: z.string().describe('The name of the node that answered'),
  head: z.int().describe('The number of the last revocation'),
  warnings: z.array(z.string()).describe('What somebody should know who relies on the store'),
  nodes: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      startedAt: instantSchema,
      head: z.int().describe('The last revocation that it knew of when it was last heard of'),
      behind: z.int().describe('How many revocations lay between that one and the last'),
      lastContactAt: instantSchema.describe('When it was last heard of, by its own clock'),
      isSilent: z.boolean().describe('Whether it should have been heard of since'),
    }),
  ),
});

export const listNodes = operation({
  name: 'nodes.list',
  summary: 'List the nodes that share the store',
  description:
    'Every process that answers for this store: servers, and workers of a server. One that was not heard of for a day, or that stopped in order, is not listed. Any node answers for all; one that is behind reads what it has missed before it answers anything.',
  http: { method: 'GET', path: '/v1/nodes' },
  permission: 'ledger.read',
  input: z.strictObject({}),
  output: nodesSchema,
  async run(_input, { nodes, store, clock }) {
    const [found, { seq }, warnings] = await Promise.all([nodes.list(), store.head(), store.warnings()]);
    return nodesForm({ node: nodes.name, head: seq, warnings, nodes: found }, clock.now());
  },
});

/** The wire form of what is known of the nodes. */
export function nodesForm(
  {
    node,
    head,
    warnings,
    nodes,
  }: { node: string; head: number; warnings: readonly string[]; nodes: readonly NodeState[] },
  now: number,
): z.input<typeof nodesSchema> {
  return {
    node,
    head,
    warnings: [...warnings],
    nodes: nodes.map(({ name, version, startedAt, head: known, seenAt }) => ({
      name,
      version,
      startedAt: instantForm(startedAt),
      head: known,
      behind: Math.max(0, head - known),
      lastContactAt: instantForm(seenAt),
      isSilent: now - seenAt > silentMs,
    })),
  };
}
