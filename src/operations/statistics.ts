import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { endReasons } from '../session/session.ts';
import type { TimelineSeries } from '../session/timeline.ts';
import { reachableRealm } from './border.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

const mostBuckets = 500;
/** Realms, and providers, that are told of one by one. */
const mostSeries = 20;
const dayMs = 86_400_000;

const realmField = nameSchema(128)
  .optional()
  .describe('Only this realm; without it every realm the caller may reach');

const counts = z.array(z.int());
const bucketsSchema = z.object({
  begun: counts.describe('Sessions made'),
  ended: z
    .object(Object.fromEntries(endReasons.map((reason) => [reason, counts])) as Record<Reason, typeof counts>)
    .describe('Sessions that ended, by the reason'),
  live: counts.describe('Sessions live when the bucket ended; in the one of now, live now'),
});
type Reason = (typeof endReasons)[number];
type Buckets = Pick<TimelineSeries, 'begun' | 'ended' | 'live'>;

export const readTimeline = operation({
  name: 'statistics.timeline',
  summary: 'Tell how many sessions began, ended and were live over time',
  description:
    'Every number is exact, and a termination shows at once. Buckets begin at full multiples of their length, so `from` and `to` are moved outwards to them. An answer is given to all who ask for the same within a second, and for longer where it took long to make: `at` says when it was taken.',
  http: { method: 'GET', path: '/v1/statistics/timeline' },
  permission: 'sessions.read',
  input: z.strictObject({
    realm: realmField,
    from: instantSchema.describe('The start'),
    to: instantSchema.optional().describe('The end; now unless it is given'),
    bucketSeconds: z
      .int()
      .min(1)
      .max(7 * 86_400)
      .describe(`How long a bucket is; the span holds at most ${mostBuckets}`),
  }),
  output: z.object({
    at: instantSchema.describe('When it was taken'),
    from: instantSchema.describe('The start of the first bucket'),
    to: instantSchema.describe('The end of the last bucket'),
    bucketSeconds: z.int(),
    completeSince: instantSchema.describe(
      'From when on nothing is missing: sessions that ended before may have been deleted',
    ),
    total: bucketsSchema.describe('A number for each bucket'),
    realms: z
      .array(bucketsSchema.extend({ realm: z.string() }))
      .describe(`The ${mostSeries} realms with most sessions`),
    providers: z
      .array(
        bucketsSchema.extend({
          realm: z.string(),
          provider: z.object({ type: z.string(), name: z.string() }),
        }),
      )
      .describe(`The ${mostSeries} providers with most sessions`),
  }),
  async run({ realm: named, from, to, bucketSeconds }, { statistics, clock, caller }) {
    const realm = reachableRealm(caller, named);
    const bucketMs = bucketSeconds * 1000;
    const start = Math.floor(Date.parse(from) / bucketMs) * bucketMs;
    const asked = to === undefined ? clock.now() + 1 : Date.parse(to);
    const buckets = Math.ceil((asked - start) / bucketMs);
    demandSpan(buckets);
    const query = { from: start, bucketMs, buckets };
    const timeline = await statistics.timeline(realm === undefined ? query : { ...query, realm });
    const { at, completeSince, series } = timeline;
    const realms = new Set(series.map((one) => one.realm));
    return {
      at: instantForm(at),
      from: instantForm(start),
      to: instantForm(start + buckets * bucketMs),
      bucketSeconds,
      completeSince: instantForm(Math.max(0, completeSince)),
      total: sumOf(series, buckets),
      realms: [...realms].slice(0, mostSeries).map((name) => ({
        realm: name,
        ...sumOf(
          series.filter((one) => one.realm === name),
          buckets,
        ),
      })),
      providers: series.slice(0, mostSeries).map((one) => ({
        realm: one.realm,
        provider: { ...one.provider },
        ...sumOf([one], buckets),
      })),
    };
  },
});

function demandSpan(buckets: number): void {
  if (buckets >= 1 && buckets <= mostBuckets) return;
  const [path, message] =
    buckets < 1
      ? ['from', 'must lie before the end, and not in the future']
      : [
          'bucketSeconds',
          `cuts the span into ${buckets} buckets; at most ${mostBuckets} can be told, so take longer ones`,
        ];
  throw new CurfewError('invalid_input', `${path}: ${message}`, { faults: [{ path, message }] });
}

/** The numbers of several series as one, bucket by bucket. */
function sumOf(series: readonly Buckets[], buckets: number): z.input<typeof bucketsSchema> {
  const sum = (read: (one: Buckets) => readonly number[]): number[] =>
    Array.from({ length: buckets }, (_, bucket) =>
      series.reduce((total, one) => total + (read(one)[bucket] ?? 0), 0),
    );
  const ended = endReasons.map((reason) => [reason, sum((one) => one.ended[reason])] as const);
  return {
    begun: sum((one) => one.begun),
    ended: Object.fromEntries(ended) as Record<Reason, number[]>,
    live: sum((one) => one.live),
  };
}

export const readRefusals = operation({
  name: 'statistics.refusals',
  summary: 'Tell who still uses sessions that have ended, by address',
  description:
    'Each refused use of an ended session is kept with the address it came from, as long as the session is. Uses of tokens that no session ever had are not among them.',
  http: { method: 'GET', path: '/v1/statistics/refusals' },
  permission: 'sessions.read',
  input: z.strictObject({
    realm: realmField,
    since: instantSchema
      .optional()
      .describe('Only addresses that tried at this instant or later; within the last day unless it is given'),
    limit: z.int().min(1).max(1000).default(100).describe('The most addresses in the answer'),
  }),
  output: z.object({
    since: instantSchema,
    count: z.int().describe('How many addresses there are, also beyond the limit'),
    uses: z.int().describe('How many uses of ended sessions they made'),
    addresses: z
      .array(
        z.object({
          ip: z.string().optional().describe('Absent where the address is not known'),
          uses: z.int().describe('All uses from there of the sessions it tried since, earlier ones too'),
          sessions: z.int().describe('Of how many sessions'),
          users: z.int().describe('Of how many users these are'),
          usernames: z.array(z.string()).describe('The five whose sessions were tried most'),
          sessionIds: z.array(z.string()).describe('The five that were tried last'),
          firstAt: instantSchema,
          lastAt: instantSchema,
        }),
      )
      .describe('Those with most uses first'),
  }),
  async run({ realm: named, since: asked, limit }, { statistics, clock, caller }) {
    const realm = reachableRealm(caller, named);
    // Full seconds, so that all who ask for the last day within one are given the same answer.
    const since = asked === undefined ? Math.floor((clock.now() - dayMs) / 1000) * 1000 : Date.parse(asked);
    const found = await statistics.refusedUses({ since, limit, ...(realm === undefined ? {} : { realm }) });
    return {
      since: instantForm(since),
      count: found.count,
      uses: found.uses,
      addresses: found.addresses.map(({ ip, usernames, sessionIds, firstAt, lastAt, ...rest }) => ({
        ...(ip === '' ? {} : { ip }),
        ...rest,
        usernames: [...usernames],
        sessionIds: [...sessionIds],
        firstAt: instantForm(firstAt),
        lastAt: instantForm(lastAt),
      })),
    };
  },
});
