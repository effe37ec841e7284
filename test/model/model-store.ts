import type { HistogramQuery } from '../../src/session/histogram.ts';
import type { SessionLimit } from '../../src/session/policy.ts';
import { compileSelector, type Selector } from '../../src/session/selector.ts';
import { deadlineOf, type Ending, limitPassed } from '../../src/session/session.ts';
import type {
  EndCommand,
  ListQuery,
  RegisterCommand,
  RevokeCommand,
  StoredSession,
  Tally,
  Touch,
  UpdateCommand,
} from '../../src/session/store.ts';
import { mostCounted, type Suggestion, type SuggestQuery } from '../../src/session/suggestions.ts';

/** A session of the model. `ended` is set when something ended it; limits are looked at when somebody asks. */
type ModelSession = { -readonly [K in keyof StoredSession]: StoredSession[K] };

interface ModelRevocation {
  readonly seq: number;
  readonly at: number;
  readonly selector: Selector;
  readonly matched: number;
}

type ModelRegistration =
  | { kind: 'registered'; session: StoredSession; displaced: StoredSession[] }
  | { kind: 'repeated' | 'repeated_ended'; session: StoredSession }
  | { kind: 'key_reused' }
  | { kind: 'revoked'; revocation: number }
  | { kind: 'limit_reached'; live: number; max: number };

/**
 * What a store of sessions means, written to be read and not to be fast: plain lists and scans. Above all a revocation
 * here is the loop over all sessions that a real store must never run: it ends, there and then, each live session that
 * matches. A real store appends to its ledger instead, and nobody must be able to tell the difference.
 */
export class ModelStore {
  #sessions: ModelSession[] = [];
  #revocations: ModelRevocation[] = [];
  #tokens = new Map<string, number>();
  #keys = new Map<string, { request: string; number: number; at: number }>();
  #lastNumber = 0;

  get head(): number {
    return this.#revocations.length;
  }

  /** The number that the last session was given. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Another model that has lived through the same. */
  copy(): ModelStore {
    const other = new ModelStore();
    other.#sessions = this.#sessions.map((session) => ({ ...session }));
    other.#revocations = [...this.#revocations];
    other.#tokens = new Map(this.#tokens);
    other.#keys = new Map(this.#keys);
    other.#lastNumber = this.#lastNumber;
    return other;
  }

  /** The revocations with a greater number. */
  entriesAfter(seq: number): readonly ModelRevocation[] {
    return this.#revocations.slice(seq);
  }

  /** The session of a token, with `ended` as it is at `now`. */
  lookup(tokenHash: Buffer, now: number): StoredSession | undefined {
    const number = this.#tokens.get(tokenHash.toString('hex'));
    const session = this.#sessions.find((one) => one.number === number);
    return session && at(session, now);
  }

  find(id: string, now: number): StoredSession | undefined {
    const session = this.#sessions.find((one) => one.id === id);
    return session && at(session, now);
  }

  /** Every session of a query, the newest first unless asked otherwise. */
  list({
    selector,
    state,
    now,
    asOf,
    revocation,
    order = '-createdAt',
  }: Omit<ListQuery, 'limit'>): StoredSession[] {
    const field = order.endsWith('createdAt') ? 'createdAt' : 'lastAccessAt';
    const sign = order.startsWith('-') ? -1 : 1;
    return this.#sessions
      .filter((session) => asOf === undefined || session.createdAt <= asOf)
      .filter(compileSelector(selector))
      .map((session) => (asOf === undefined ? at(session, now) : asItWas(session, asOf)))
      .filter((session) => state === 'any' || (state === 'live') === (session.ended === undefined))
      .filter((session) => revocation === undefined || session.ended?.revocation === revocation)
      .sort((a, b) => sign * (a[field] - b[field] || a.number - b.number));
  }

  /** How the sessions of a query lie in time, by the start of each stretch that holds any. */
  histogram(query: HistogramQuery, bucketMs: number): Map<number, number> {
    const counts = new Map<number, number>();
    for (const session of this.list(query)) {
      const start = Math.floor(session[query.field] / bucketMs) * bucketMs;
      counts.set(start, (counts.get(start) ?? 0) + 1);
    }
    return counts;
  }

  /** Every name of live sessions that begins with a text, with how many bear it in which realm. */
  suggest(field: 'username' | 'subject', { beginnings, realm, now }: SuggestQuery): Suggestion[] {
    const counts = new Map<string, Suggestion>();
    for (const session of this.list({ selector: { all: true }, state: 'live', now })) {
      const value = session[field];
      if (realm !== undefined && session.realm !== realm) continue;
      if (!beginnings.some((text) => value.startsWith(text))) continue;
      const key = JSON.stringify([value, session.realm]);
      counts.set(key, {
        value,
        realm: session.realm,
        live: Math.min((counts.get(key)?.live ?? 0) + 1, mostCounted),
      });
    }
    return [...counts.values()];
  }

  /** Counts of the live sessions by realm, provider, user and app, and their administrators. */
  summarise(selector: Selector, now: number) {
    const live = this.list({ selector, state: 'live', now });
    return {
      count: live.length,
      byRealm: tally(live.map(({ realm }) => realm)),
      byProvider: tally(live.map(({ provider }) => `${provider.type}/${provider.name}`)),
      byUser: tally(live.map(({ username }) => username)),
      byApp: tally(live.flatMap(({ app }) => app ?? [])),
      sample: live.slice(0, 20),
      adminIds: [...new Set(live.flatMap(({ adminIds }) => adminIds))].sort((a, b) => a - b),
    };
  }

  register({ session, tokenHash, limit, now, idempotency }: RegisterCommand): ModelRegistration {
    const key = idempotency?.key.toString('hex') ?? '';
    const request = idempotency?.request.toString('hex') ?? '';
    const repeat = idempotency && this.#repeated(key, request, tokenHash, now);
    if (repeat !== undefined) return repeat;
    const cut = this.#revocations.find(
      ({ seq, selector }) => seq > session.epoch && compileSelector(selector)(session),
    );
    if (cut !== undefined) return { kind: 'revoked', revocation: cut.seq };
    const displaced: StoredSession[] = [];
    if (limit.kind === 'refuse' || limit.kind === 'displace') {
      const live = this.#liveOf(session, limit, now);
      if (limit.kind === 'refuse' && live.length >= limit.max) {
        return { kind: 'limit_reached', live: live.length, max: limit.max };
      }
      while (live.length >= limit.max) {
        const oldest = live.shift() as ModelSession;
        oldest.ended = { at: now, reason: 'displaced' };
        displaced.push({ ...oldest });
      }
    }
    this.#lastNumber += 1;
    const stored = { ...session, number: this.#lastNumber };
    this.#sessions.push(stored);
    this.#tokens.set(tokenHash.toString('hex'), stored.number);
    if (idempotency !== undefined) this.#keys.set(key, { request, number: stored.number, at: now });
    return { kind: 'registered', session: { ...stored }, displaced };
  }

  #repeated(key: string, request: string, tokenHash: Buffer, now: number): ModelRegistration | undefined {
    const known = this.#keys.get(key);
    if (known === undefined) return undefined;
    if (known.request !== request) return { kind: 'key_reused' };
    const session = this.#sessions.find(({ number }) => number === known.number);
    if (session === undefined) return undefined;
    const present = at(session, now);
    if (present.ended !== undefined) return { kind: 'repeated_ended', session: present };
    for (const [hash, number] of this.#tokens) if (number === session.number) this.#tokens.delete(hash);
    this.#tokens.set(tokenHash.toString('hex'), session.number);
    return { kind: 'repeated', session: present };
  }

  /** The live sessions that count towards a limit, the oldest first. */
  #liveOf(
    session: RegisterCommand['session'],
    limit: SessionLimit & { per: string },
    now: number,
  ): ModelSession[] {
    return this.#sessions
      .filter((one) => one.realm === session.realm && one.username === session.username)
      .filter(
        ({ provider }) =>
          limit.per === 'user' ||
          (provider.type === session.provider.type && provider.name === session.provider.name),
      )
      .filter((one) => isLive(one, now))
      .sort((a, b) => a.createdAt - b.createdAt || a.number - b.number);
  }

  update({ id, now, accessGroups, adminIds, attributes }: UpdateCommand): StoredSession | undefined {
    const session = this.#sessions.find((one) => one.id === id);
    if (session === undefined || !isLive(session, now)) return undefined;
    if (accessGroups !== undefined) session.accessGroups = accessGroups;
    if (adminIds !== undefined) session.adminIds = adminIds;
    if (attributes !== undefined) session.attributes = attributes;
    session.lastAccessAt = Math.max(session.lastAccessAt, now);
    return { ...session };
  }

  /**
   * An access counts when nothing has ended the session and no limit had by that instant. One that is written late, after a cut at which the
   * session looked idle for want of it, comes too late to say that the cut should have spared it.
   */
  touch(touches: readonly Touch[]): void {
    for (const { number, lastAccessAt } of touches) {
      const session = this.#sessions.find((one) => one.number === number);
      if (session === undefined || session.ended !== undefined || limitPassed(session, lastAccessAt))
        continue;
      const deadline = deadlineOf(session) ?? Number.POSITIVE_INFINITY;
      const passed = this.#revocations.filter(({ seq, at }) => seq > session.epoch && at >= deadline);
      if (passed.some(({ selector }) => compileSelector(selector)(session))) continue;
      session.lastAccessAt = Math.max(session.lastAccessAt, lastAccessAt);
    }
  }

  end({ id, reason, now }: EndCommand): StoredSession | undefined {
    const session = this.#sessions.find((one) => one.id === id);
    if (session === undefined || !isLive(session, now)) return undefined;
    session.ended = { at: now, reason };
    return { ...session };
  }

  revoke({ selector, now, atMost }: RevokeCommand) {
    const instant = Math.max(now, this.#revocations.at(-1)?.at ?? 0);
    const hit = this.list({ selector, state: 'live', now: instant });
    if (atMost !== undefined && hit.length > atMost)
      return { kind: 'too_many' as const, matched: hit.length };
    const seq = this.#revocations.length + 1;
    const revocation = { seq, at: instant, selector, matched: hit.length };
    this.#revocations.push(revocation);
    const ended: Ending = { at: revocation.at, reason: 'revoked', revocation: seq };
    const numbers = new Set(hit.map(({ number }) => number));
    for (const session of this.#sessions) if (numbers.has(session.number)) session.ended = ended;
    return { kind: 'revoked' as const, revocation, sessions: hit.map((session) => ({ ...session, ended })) };
  }

  /** Ends those whose limit has passed: from now on a late access cannot save them. */
  expire(now: number): void {
    for (const session of this.#sessions) session.ended ??= limitPassed(session, now);
  }

  /** Forgets every session that ended before an instant, and the keys of registrations as old. */
  purge(endedBefore: number): void {
    this.#sessions = this.#sessions.filter(({ ended }) => (ended?.at ?? endedBefore) >= endedBefore);
    for (const [key, known] of this.#keys) if (known.at < endedBefore) this.#keys.delete(key);
  }
}

function isLive(session: ModelSession, now: number): boolean {
  return at(session, now).ended === undefined;
}

/** The session as it is now: what ended it is final, whatever the clock says; else its limits decide. */
function at(session: ModelSession, now: number): StoredSession {
  const { ended, ...rest } = session;
  const ending = ended ?? limitPassed(session, now);
  return ending === undefined ? rest : { ...rest, ended: ending };
}

/** The session as it was at an instant in the past. */
function asItWas(session: ModelSession, instant: number): StoredSession {
  const { ended, ...rest } = session;
  return at(ended !== undefined && ended.at <= instant ? session : rest, instant);
}

function tally(values: readonly string[]): Tally[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}
