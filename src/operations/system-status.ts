import { z } from 'zod';
import { actorOf, realmOf } from '../access/caller.ts';
import { operation } from './operation.ts';
import { actorSchema } from './revocation-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

export const getStatus = operation({
  name: 'system.status',
  summary: 'Show what this server is, what it holds, and as whom it knows the caller',
  http: { method: 'GET', path: '/v1/status' },
  permission: 'ledger.read',
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    startedAt: instantSchema,
    now: instantSchema.describe('The clock of the server'),
    store: z.string().describe('Which engine keeps the data'),
    caller: actorSchema,
    realm: z.string().nullable().describe('The only realm the caller may reach; null = every realm'),
    head: z.int().describe('The number of the last revocation'),
    live: z.int().optional().describe('Live sessions of all realms; absent for a caller bound to one'),
    unswept: z
      .int()
      .optional()
      .describe('Revocations whose sweep has not ended; absent for a caller bound to a realm'),
    sizeBytes: z.int().optional().describe('Size of the store; absent for a caller bound to a realm'),
  }),
  async run(_input, { caller, store, clock, version, startedAt, registry }) {
    const realm = realmOf(caller);
    const statistics = realm === null ? await store.statistics(clock.now()) : undefined;
    return {
      version,
      startedAt: instantForm(startedAt),
      now: instantForm(clock.now()),
      store: store.description,
      caller: { ...actorOf(caller) },
      realm,
      head: registry.ledger.head,
      ...statistics,
    };
  },
});
