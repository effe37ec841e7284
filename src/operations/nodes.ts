import { z } from 'zod';
import { silentMs } from '../session/nodes.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';

export const listNodes = operation({
  name: 'nodes.list',
  summary: 'List the nodes that share the store',
  description:
    'Every process that answers for this store: servers, and workers of a server. One that was not heard of for a day, or that stopped in order, is not listed. Any node answers for all; one that is behind reads what it has missed before it answers anything.',
  http: { method: 'GET', path: '/v1/nodes' },
  permission: 'ledger.read',
  input: z.strictObject({}),
  output: z.object({
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
  }),
  async run(_input, { nodes, store, clock }) {
    const [found, { seq }, warnings] = await Promise.all([nodes.list(), store.head(), store.warnings()]);
    const now = clock.now();
    return {
      node: nodes.name,
      head: seq,
      warnings: [...warnings],
      nodes: found.map(({ name, version, startedAt, head, seenAt }) => ({
        name,
        version,
        startedAt: instantForm(startedAt),
        head,
        behind: Math.max(0, seq - head),
        lastContactAt: instantForm(seenAt),
        isSilent: now - seenAt > silentMs,
      })),
    };
  },
});
