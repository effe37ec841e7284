import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Registry } from '../registry.ts';
import type { Origin } from '../revocation.ts';
import type { Refusal, Store } from '../store.ts';
import { type SampleSession, sampleGroup, samplePopulation, sampleRealm } from './population.ts';

export interface SampleParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** `incomplete`: the loading came to nothing half way. Removing ends every state. */
export type SampleState = 'none' | 'loading' | 'loaded' | 'incomplete';

export interface SampleStatus {
  readonly state: SampleState;
  /** How many sample sessions there are, live and ended. */
  readonly sessions: number;
  /** When it was loaded, or loading began. */
  readonly at?: number;
}

interface Note {
  readonly state: Exclude<SampleState, 'none'>;
  readonly at: number;
  readonly revocations: readonly number[];
}

const place = { kind: 'samples', id: 'population' } as const;
/** Registrations that are under way at once: other sign-ins find their turn between. */
const atOnce = 100;
/** A loading that has taken longer was cut short. */
const longestLoadMs = 60_000;

/** Whether samples are there. */
export async function sampleStatus({ store, clock }: SampleParts): Promise<SampleStatus> {
  const note = await readNote(store);
  if (note === undefined) return { state: 'none', sessions: 0 };
  const { state, at } = note.body;
  const isLate = state === 'loading' && clock.now() - at > longestLoadMs;
  return { state: isLate ? 'incomplete' : state, at, sessions: await countSamples(store, clock.now()) };
}

/** Why samples cannot be loaded now, as an error to be thrown or told, or undefined. */
export async function sampleHindrance({
  store,
  registry,
  clock,
}: SampleParts): Promise<CurfewError | undefined> {
  const { realms } = registry;
  if (realms !== undefined && !realms.has(sampleRealm)) {
    return new CurfewError(
      'realm_unknown',
      `The sample population lives in the realm "${sampleRealm}", which is not one of the configured ones (${[...realms].join(', ')}); add it to "realms" in the configuration to try it.`,
    );
  }
  if ((await readNote(store)) !== undefined) {
    return new CurfewError(
      'conflict',
      'The sample population is loaded already, or being loaded. Remove it first.',
    );
  }
  const others = await countOthers(store, clock.now());
  if (others === 0) return undefined;
  return new CurfewError(
    'conflict',
    `The realm "${sampleRealm}" holds ${others} live ${others === 1 ? 'session that is' : 'sessions that are'} not of the sample population, so nothing is loaded: the two are never mixed. End them first.`,
  );
}

/**
 * Fills the realm of the samples with invented sessions, their endings and some cuts.
 * @throws CurfewError `realm_unknown`, `conflict` as `sampleHindrance` tells
 */
export async function loadSamples(
  parts: SampleParts,
  origin: Origin,
): Promise<{ sessions: number; revocations: number[] }> {
  const { store, registry, clock } = parts;
  const hindrance = await sampleHindrance(parts);
  if (hindrance !== undefined) throw hindrance;
  const now = clock.now();
  // The note is the lock: of two that load at once, one finds that it was made meanwhile.
  await writeNote(parts, origin, { state: 'loading', at: now, revocations: [] }, 0);
  const revocations: number[] = [];
  try {
    const { before, cuts, after } = samplePopulation(now);
    const numbers = await registerAll(parts, before, now);
    for (const { selector, reason } of cuts) {
      const { revocation } = await registry.terminate({ selector, reason, origin });
      revocations.push(revocation.seq);
    }
    // Nobody can have tried in vain before the cut.
    await addRefusals(store, triedAt(before, clock.now()), numbers);
    await addRefusals(store, after, await registerAll(parts, after, now));
    await writeNote(
      parts,
      origin,
      { state: 'loaded', at: now, revocations },
      1,
      before.length + after.length,
    );
    return { sessions: before.length + after.length, revocations };
  } catch (error) {
    // What is there can be removed; that it could not be noted says the same after a minute.
    await writeNote(parts, origin, { state: 'incomplete', at: now, revocations }, 1).catch(() => undefined);
    throw error;
  }
}

export interface SampleRemoval {
  /** How many sessions were deleted. */
  readonly removed: number;
  /** The cuts of the samples, which stay in the ledger for ever. */
  readonly revocations: readonly number[];
  /** Sessions of that realm that are no samples; they were left alone. */
  readonly left: number;
}

/**
 * Deletes every sample, live and ended, with the refused uses of each.
 * @throws CurfewError `not_found` when there are none, `conflict` while they are being loaded
 */
export async function removeSamples(parts: SampleParts, origin: Origin): Promise<SampleRemoval> {
  const { store, registry, clock } = parts;
  const note = await readNote(store);
  if (note === undefined) throw new CurfewError('not_found', 'There is no sample population to remove.');
  if ((await sampleStatus(parts)).state === 'loading') {
    throw new CurfewError('conflict', 'The sample population is being loaded; remove it when that is done.');
  }
  await registry.refusals.flush();
  let removed = 0;
  for (let more = true; more; ) {
    const slice = await store.erase(sampleRealm, sampleGroup);
    removed += slice.rows;
    more = slice.more;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { revocations } = note.body;
  await store.changeRecords({
    ...origin,
    writes: [{ ...place, body: undefined, ifVersion: note.version }],
    event: 'samples.removed',
    detail: { realm: sampleRealm, removed, revocations },
    now: clock.now(),
  });
  const selector = { realm: sampleRealm };
  return { removed, revocations, left: await store.count({ selector, state: 'any', now: clock.now() }) };
}

/** Registers in rounds; gives the number of each row. */
async function registerAll(
  { store }: SampleParts,
  samples: readonly SampleSession[],
  now: number,
): Promise<number[]> {
  // Whatever the ledger says of the realm was ordered before these came, so none of it is about them.
  const { seq: epoch } = await store.head();
  const numbers: number[] = [];
  for (let start = 0; start < samples.length; start += atOnce) {
    const round = samples.slice(start, start + atOnce);
    const outcomes = await Promise.all(
      round.map(({ session, displaces }) =>
        store.register({
          session: { ...session, epoch },
          // Random bytes stand for a token that nobody holds.
          tokenHash: randomBytes(32),
          limit: displaces === undefined ? { kind: 'unlimited' } : { kind: 'displace', max: 1, per: 'user' },
          now: displaces === undefined ? now : session.createdAt,
        }),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.kind !== 'registered') throw new Error(`a sample was answered as ${outcome.kind}`);
      numbers.push(outcome.session.number);
    }
    await Promise.all(
      round.map(({ session: { id }, loggedOutAt }) =>
        loggedOutAt === undefined ? undefined : store.end({ id, reason: 'logged_out', now: loggedOutAt }),
      ),
    );
  }
  return numbers;
}

/** Samples whose refused uses were all at one instant. */
function triedAt(samples: readonly SampleSession[], at: number): SampleSession[] {
  return samples.map(({ refusals = [], ...rest }) => ({
    ...rest,
    refusals: refusals.map((refusal) => ({ ...refusal, firstAt: at, lastAt: at })),
  }));
}

async function addRefusals(
  store: Store,
  samples: readonly SampleSession[],
  numbers: readonly number[],
): Promise<void> {
  const refusals = samples.flatMap(({ refusals = [] }, index): Refusal[] =>
    refusals.map((refusal) => ({ ...refusal, number: numbers[index] ?? 0 })),
  );
  await store.addRefusals(refusals);
}

async function readNote(store: Store): Promise<{ body: Note; version: number } | undefined> {
  const record = await store.record(place.kind, place.id);
  return record === undefined ? undefined : { body: record.body as Note, version: record.version };
}

async function writeNote(
  { store, clock }: SampleParts,
  origin: Origin,
  body: Note,
  ifVersion: number,
  sessions?: number,
): Promise<void> {
  await store.changeRecords({
    ...origin,
    writes: [{ ...place, body, ifVersion }],
    event: `samples.${body.state}`,
    detail: {
      realm: sampleRealm,
      revocations: body.revocations,
      ...(sessions === undefined ? {} : { sessions }),
    },
    now: clock.now(),
  });
}

/**
 * Live sessions of the realm that stand against loading. Those of the console do not: an administrator of that realm
 * looks at the samples with one. Nor do ended ones, which nothing that is loaded can touch.
 */
async function countOthers(store: Store, now: number): Promise<number> {
  const selector = { realm: sampleRealm };
  const all = await store.count({ selector, state: 'live', now });
  if (all === 0) return 0;
  return all - (await store.count({ selector: { ...selector, app: 'console' }, state: 'live', now }));
}

async function countSamples(store: Store, now: number): Promise<number> {
  const selector = { realm: sampleRealm, accessGroup: sampleGroup };
  return store.count({ selector, state: 'any', now });
}
