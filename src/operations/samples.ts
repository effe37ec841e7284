import { z } from 'zod';
import { realmOf } from '../access/caller.ts';
import { holds } from '../access/permissions.ts';
import { sampleRealm } from '../session/samples/population.ts';
import { loadSamples, removeSamples, sampleHindrance, sampleStatus } from '../session/samples/samples.ts';
import { demandEveryRealm, mayReach } from './border.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';

const revocationsSchema = z
  .array(z.int())
  .describe(
    'Entries of the ledger that were made for the samples; they stay for ever, and their reasons say so',
  );
const why = 'The sample population is for the whole installation';

export const getSamples = operation({
  name: 'samples.get',
  summary: 'Say whether the sample population is loaded, and whether it is worth an offer',
  description: `Invented sessions to try Curfew with, all in the realm \`${sampleRealm}\`. Who may not reach that realm is told of none.`,
  http: { method: 'GET', path: '/v1/samples' },
  permission: 'sessions.read',
  input: z.strictObject({}),
  output: z.object({
    state: z
      .enum(['none', 'loading', 'loaded', 'incomplete'])
      .describe('incomplete: the loading came to nothing half way; remove it'),
    realm: z.string(),
    sessions: z.int().describe('How many sample sessions there are, live and ended'),
    loadedAt: instantSchema.optional(),
    isEmpty: z
      .boolean()
      .describe('Whether there is no session within the reach of the caller but a few of the console'),
    mayLoad: z.boolean().describe('Whether the caller may load it now'),
    hindrance: z
      .string()
      .optional()
      .describe('Why it cannot be loaded now, in words; only for callers who may load it otherwise'),
    mayRemove: z.boolean().describe('Whether the caller may remove it now'),
  }),
  async run(_input, context) {
    const { store, clock, caller } = context;
    const { state, sessions, at } = mayReach(caller, sampleRealm)
      ? await sampleStatus(context)
      : { state: 'none' as const, sessions: 0 };
    const border = realmOf(caller);
    const isForCaller = border === null && holds(caller, 'system.write');
    const selector = border === null ? { all: true as const } : { realm: border };
    const hindrance = isForCaller ? await sampleHindrance(context) : undefined;
    const newest = await store.list({ selector, state: 'any', now: clock.now(), limit: 50 });
    return {
      state,
      realm: sampleRealm,
      sessions,
      ...(at === undefined ? {} : { loadedAt: instantForm(at) }),
      isEmpty: newest.next === undefined && newest.sessions.every(({ app }) => app === 'console'),
      mayLoad: isForCaller && hindrance === undefined,
      ...(hindrance === undefined ? {} : { hindrance: hindrance.message }),
      mayRemove: isForCaller && state !== 'none' && state !== 'loading',
    };
  },
});

export const loadSamplePopulation = operation({
  name: 'samples.load',
  summary: 'Load the sample population: some thousand invented sessions to try Curfew with',
  description: `All in the realm \`${sampleRealm}\`, which must hold no other live session but those of the console; each bears the access group \`${sampleRealm}\`, and nobody holds a token of it. Some are ended by cuts, which stay in the ledger.`,
  http: { method: 'POST', path: '/v1/samples', status: 201 },
  permission: 'system.write',
  input: z.strictObject({}),
  output: z.object({ realm: z.string(), sessions: z.int(), revocations: revocationsSchema }),
  async run(_input, context) {
    demandEveryRealm(context.caller, why);
    return { realm: sampleRealm, ...(await loadSamples(context, context.origin)) };
  },
});

export const removeSamplePopulation = operation({
  name: 'samples.remove',
  summary: 'Remove the sample population',
  description:
    'Deletes its sessions, live and ended, and their refused uses. What stays: the entries of the ledger and the journal, and any session of that realm that is no sample.',
  http: { method: 'DELETE', path: '/v1/samples' },
  permission: 'system.write',
  input: z.strictObject({}),
  output: z.object({
    removed: z.int().describe('How many sessions were deleted'),
    revocations: revocationsSchema,
    left: z.int().describe('Sessions of that realm that are no samples, and were left alone'),
  }),
  async run(_input, context) {
    demandEveryRealm(context.caller, why);
    const { removed, revocations, left } = await removeSamples(context, context.origin);
    return { removed, revocations: [...revocations], left };
  },
});
