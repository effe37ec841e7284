import type { Revocation } from './revocation.ts';
import { canonicalJson } from './revocation.ts';
import { compileSelector, type Matcher, type Selector } from './selector.ts';
import type { Session } from './session.ts';

/** A revocation as a verdict needs it. */
export interface Judgement {
  readonly seq: number;
  readonly at: number;
}

/** A selector with every active revocation that ordered it, ascending: orders that say the same are asked once. */
interface Filed {
  readonly selector: Selector;
  readonly matches: Matcher;
  orders: Judgement[];
}

type Bucket = Filed[];
type Index = Map<string | number, Bucket>;

/**
 * The revocations that may still matter, in memory, indexed by their most selective exact condition; only selectors
 * made of ranges alone are walked. Asking about a session is a handful of map look-ups. The set is a suffix of the
 * ledger: entries leave it in order, from the oldest.
 */
export class ActiveLedger {
  #head = 0;
  #newest = 0;
  /** Everything up to this number has left, and does not come back. */
  #retired = 0;
  readonly #entries = new Map<number, Judgement>();
  /** By the canonical text of the selector. */
  readonly #filed = new Map<string, Filed>();
  readonly #bySession: Index = new Map();
  readonly #byUsername: Index = new Map();
  readonly #bySubject: Index = new Map();
  readonly #byProviderSession: Index = new Map();
  readonly #byProviderType: Index = new Map();
  readonly #byProviderName: Index = new Map();
  readonly #byAdmin: Index = new Map();
  readonly #byGroup: Index = new Map();
  readonly #byApp: Index = new Map();
  readonly #byRealm: Index = new Map();
  #walked: Bucket = [];

  /** The number of the last revocation known here. */
  get head(): number {
    return this.#head;
  }

  /** How many revocations are active. */
  get size(): number {
    return this.#entries.size;
  }

  /** Says where the ledger ends when its newest entries are no longer active. */
  startAt(head: number): void {
    this.#head = Math.max(this.#head, head);
  }

  /** Takes in an entry. One that is known already, or was let go of, changes nothing. */
  apply(revocation: Pick<Revocation, 'seq' | 'at' | 'selector'>): void {
    const { seq, at, selector } = revocation;
    this.#head = Math.max(this.#head, seq);
    if (seq <= this.#retired || this.#entries.has(seq)) return;
    this.#newest = Math.max(this.#newest, seq);
    const order = { seq, at };
    this.#entries.set(seq, order);
    const text = canonicalJson(selector);
    const known = this.#filed.get(text);
    if (known !== undefined) {
      const isLast = (known.orders.at(-1)?.seq ?? 0) < seq;
      known.orders.push(order);
      if (!isLast) known.orders.sort((a, b) => a.seq - b.seq);
      return;
    }
    const filed: Filed = { selector, matches: compileSelector(selector), orders: [order] };
    this.#filed.set(text, filed);
    const places = this.#placesOf(selector);
    for (const [index, key] of places) {
      const bucket = index.get(key);
      if (bucket === undefined) index.set(key, [filed]);
      else bucket.push(filed);
    }
    if (places.length === 0) this.#walked.push(filed);
  }

  /** Lets go of every entry up to and including a number. */
  retireUpTo(seq: number): void {
    this.#retired = Math.max(this.#retired, seq);
    for (const active of this.#entries.keys()) if (active <= seq) this.#entries.delete(active);
    for (const [text, filed] of this.#filed) {
      filed.orders = filed.orders.filter((order) => order.seq > seq);
      if (filed.orders.length > 0) continue;
      this.#filed.delete(text);
      for (const [index, key] of this.#placesOf(filed.selector)) {
        const left = index.get(key)?.filter((other) => other !== filed) ?? [];
        if (left.length === 0) index.delete(key);
        else index.set(key, left);
      }
    }
    this.#walked = this.#walked.filter((filed) => filed.orders.length > 0);
  }

  /** The numbers of the active revocations, ascending. */
  activeSeqs(): number[] {
    return [...this.#entries.keys()].sort((a, b) => a - b);
  }

  /**
   * The epoch of a sign-in that began at an instant: the number of the last revocation made before it. A revocation of
   * the same millisecond counts as later, so that nothing slips through. Sound for instants no older than the active set.
   */
  epochAt(instant: number): number {
    let epoch = this.#head;
    for (const entry of this.#entries.values()) {
      if (entry.at >= instant && entry.seq - 1 < epoch) epoch = entry.seq - 1;
    }
    return epoch;
  }

  /** The active revocation with the smallest number above an epoch, or undefined. */
  firstAfter(epoch: number): Judgement | undefined {
    let first: Judgement | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.seq > epoch && (first === undefined || entry.seq < first.seq)) first = entry;
    }
    return first;
  }

  /** The earliest revocation after the session's epoch that names it, or undefined when none does. */
  judge(session: Session): Judgement | undefined {
    if (session.epoch >= this.#newest || this.#entries.size === 0) return undefined;
    const { providerSession, app } = session;
    let found = named(this.#bySession, session.id, session, undefined);
    found = named(this.#byUsername, session.username, session, found);
    found = named(this.#bySubject, session.subject, session, found);
    if (providerSession !== undefined)
      found = named(this.#byProviderSession, providerSession, session, found);
    if (this.#byProviderType.size > 0)
      found = named(this.#byProviderType, session.provider.type, session, found);
    if (this.#byProviderName.size > 0)
      found = named(this.#byProviderName, session.provider.name, session, found);
    if (this.#byAdmin.size > 0)
      for (const id of session.adminIds) found = named(this.#byAdmin, id, session, found);
    if (this.#byGroup.size > 0) {
      for (const group of session.accessGroups) found = named(this.#byGroup, group, session, found);
    }
    if (app !== undefined) found = named(this.#byApp, app, session, found);
    if (this.#byRealm.size > 0) found = named(this.#byRealm, session.realm, session, found);
    if (this.#walked.length > 0) found = earliest(this.#walked, session, found);
    return found;
  }

  /** The one index a selector is filed in, with its keys there; empty for a selector of ranges alone. */
  #placesOf(selector: Selector): [Index, string | number][] {
    const { sessionIds, username, subject, provider, providerSession, adminId, accessGroup, app, realm } =
      selector;
    if (sessionIds !== undefined) return [...new Set(sessionIds)].map((id) => [this.#bySession, id]);
    if (username !== undefined) return [[this.#byUsername, username]];
    if (subject !== undefined) return [[this.#bySubject, subject]];
    if (providerSession !== undefined) return [[this.#byProviderSession, providerSession]];
    if (provider?.name !== undefined) return [[this.#byProviderName, provider.name]];
    if (provider?.type !== undefined) return [[this.#byProviderType, provider.type]];
    if (provider?.types !== undefined) {
      return [...new Set(provider.types)].map((type) => [this.#byProviderType, type]);
    }
    if (adminId !== undefined) return [[this.#byAdmin, adminId]];
    if (accessGroup !== undefined) return [[this.#byGroup, accessGroup]];
    if (app !== undefined) return [[this.#byApp, app]];
    if (realm !== undefined) return [[this.#byRealm, realm]];
    return [];
  }
}

/** The earliest of those filed under a key of an index that name a session, or what was found before. */
function named(
  index: Index,
  key: string | number,
  session: Session,
  found: Judgement | undefined,
): Judgement | undefined {
  if (index.size === 0) return found;
  const bucket = index.get(key);
  return bucket === undefined ? found : earliest(bucket, session, found);
}

function earliest(bucket: Bucket, session: Session, found: Judgement | undefined): Judgement | undefined {
  let best = found;
  for (const { orders, matches } of bucket) {
    const order = firstLater(orders, session.epoch);
    if (order === undefined || (best !== undefined && best.seq <= order.seq)) continue;
    if (matches(session)) best = order;
  }
  return best;
}

/** The first order with a number above an epoch, found by halving: the same cut may have been made thousands of times. */
function firstLater(orders: readonly Judgement[], epoch: number): Judgement | undefined {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((orders[middle] as Judgement).seq > epoch) high = middle;
    else low = middle + 1;
  }
  return orders[low];
}
