import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '../../src/session/revocation.ts';
import type { Session } from '../../src/session/session.ts';
import type {
  EndCommand,
  LedgerEntry,
  RegisterCommand,
  RegisterOutcome,
  RevokeCommand,
  Store,
  StoredSession,
  Touch,
  UpdateCommand,
} from '../../src/session/store.ts';
import type { ModelStore } from '../model/model-store.ts';
import type { OpenedStore } from '../suites/store/stage.ts';
import type { Random } from '../support/seed.ts';
import { plain } from '../support/sessions.ts';
import type { KillableStore } from './killable-store.ts';

/** An order that a node may hold when it dies. */
export type Order =
  | { readonly do: 'register'; readonly args: readonly [RegisterCommand] }
  | { readonly do: 'update'; readonly args: readonly [UpdateCommand] }
  | { readonly do: 'end'; readonly args: readonly [EndCommand] }
  | { readonly do: 'revoke'; readonly args: readonly [RevokeCommand] }
  | { readonly do: 'touch'; readonly args: readonly [readonly Touch[], now: number] }
  | { readonly do: 'sweep'; readonly args: readonly [now: number] };

/** What a node has left behind in its data when it was killed. */
export interface Remains {
  /** The engine, for messages. */
  readonly engine: string;
  /** The store as another node has it open. */
  readonly store: Store;
  /** How many of the orders, from the first one on, must have been done, since one of them was acknowledged. */
  readonly acknowledged: number;
  /** Lets the next session have the number after this one: numbers that a dead node drew are left out. */
  continueAfter(number: number): Promise<void>;
}

/** A store that goes on after a node of it was killed. */
export interface MortalStore extends OpenedStore {
  /** Has a node of each engine begin all of these, none waiting for the one before, and kills it at some moment. */
  die(orders: readonly Order[]): Promise<readonly Remains[]>;
}

/** Has a process begin orders, kills it, and gives how many must have been done. */
export async function dieAtWork(
  node: KillableStore,
  orders: readonly Order[],
  untilItsTime: (answers: readonly Promise<unknown>[]) => Promise<void>,
): Promise<number> {
  let acknowledged = 0;
  let failure: unknown;
  const answers = orders.map((order, index) =>
    node.call(order.do, order.args).then(
      () => {
        // Writes are done in their order; a sweep is nobody's order, and changes nothing that can be told.
        if (order.do !== 'sweep') acknowledged = Math.max(acknowledged, index + 1);
      },
      (error: unknown) => {
        if (!isDead) failure ??= error;
      },
    ),
  );
  let isDead = false;
  await untilItsTime(answers);
  isDead = true;
  await node.kill();
  await Promise.all(answers);
  if (failure !== undefined) throw failure;
  return acknowledged;
}

/** The moment at which a node is killed: before it has begun, in the middle, or as soon as it has acknowledged something. */
export async function someMoment(random: Random, answers: readonly Promise<unknown>[]): Promise<void> {
  if (random.oneIn(3)) await Promise.race(answers);
  else if (random.oneIn(2)) await new Promise((resolve) => setTimeout(resolve, random.below(6)));
}

/** Does an order in the model. */
export function inModel(model: ModelStore, order: Order): RegisteredInModel | undefined {
  switch (order.do) {
    case 'register':
      return model.register(order.args[0]);
    case 'update':
      model.update(order.args[0]);
      return undefined;
    case 'end':
      model.end(order.args[0]);
      return undefined;
    case 'revoke':
      model.revoke(order.args[0]);
      return undefined;
    case 'touch':
      model.touch(order.args[0]);
      return undefined;
    case 'sweep':
      return undefined;
  }
}

type RegisteredInModel = ReturnType<ModelStore['register']>;

/** Has a store do an order. */
export function inStore(store: Store, order: Order): Promise<unknown> {
  switch (order.do) {
    case 'register':
      return store.register(...order.args);
    case 'update':
      return store.update(...order.args);
    case 'end':
      return store.end(...order.args);
    case 'revoke':
      return store.revoke(...order.args);
    case 'touch':
      return store.touch(...order.args);
    case 'sweep':
      return store.sweep(...order.args);
  }
}

/**
 * Finds how many of the orders a dead node has done: the first so many, each of them wholly, and of the others nothing.
 * @param model as it was before any of them
 */
export async function howFar(
  model: ModelStore,
  orders: readonly Order[],
  { engine, store, acknowledged }: Remains,
  now: number,
): Promise<number> {
  const found = await seenOf(store, orders, model.head, now);
  const candidates = Array.from({ length: orders.length + 1 - acknowledged }, (_, n) => orders.length - n);
  const done = candidates.find((count) =>
    isDeepStrictEqual(found, modelAfter(model, orders.slice(0, count), orders, now)),
  );
  if (done !== undefined) return done;
  // Shown as the difference from the least that had to be there.
  assert.deepEqual(
    found,
    modelAfter(model, orders.slice(0, acknowledged), orders, now),
    `${engine} has neither all nor nothing of ${JSON.stringify(orders.slice(acknowledged))}`,
  );
  return acknowledged;
}

const everything = { selector: { all: true }, state: 'any' } as const;
const pageSize = 1000;

/** Everything that can be asked of a store: each session, what its ledger has since, and which session each new token belongs to. */
async function seenOf(store: Store, orders: readonly Order[], head: number, now: number): Promise<unknown> {
  const sessions: StoredSession[] = [];
  for (let after: { at: number; number: number } | undefined; ; ) {
    const position = after === undefined ? {} : { after };
    const page = await store.list({ ...everything, now, limit: pageSize, ...position });
    sessions.push(...page.sessions);
    after = page.next;
    if (after === undefined) break;
  }
  const entries = await store.revocations({ after: head, limit: 1000 });
  const tokens = [];
  for (const hash of tokenHashes(orders)) tokens.push((await store.lookup(hash)).session?.id);
  return {
    sessions: sessions.map(seen),
    entries: entries.map(told),
    tokens,
  };
}

/** The same of the model after it has done some of the orders. */
function modelAfter(
  model: ModelStore,
  done: readonly Order[],
  orders: readonly Order[],
  now: number,
): unknown {
  const after = model.copy();
  for (const order of done) inModel(after, order);
  return {
    sessions: after.list({ ...everything, now }).map(seen),
    entries: after.entriesAfter(model.head).map(told),
    tokens: tokenHashes(orders).map((hash) => after.lookup(hash, now)?.id),
  };
}

/** What two entries of a ledger can be compared by. */
function told({ seq, at, selector, matched }: Pick<LedgerEntry, 'seq' | 'at' | 'selector' | 'matched'>) {
  return { seq, at, selector: canonicalJson(selector), matched };
}

function tokenHashes(orders: readonly Order[]): Buffer[] {
  return orders.flatMap((order) => (order.do === 'register' ? [order.args[0].tokenHash] : []));
}

/** A session without its epoch, which is how a store remembers what the model does at once. */
export function seen(session: Session): Omit<Session, 'epoch'> {
  const { epoch: _epoch, ...rest } = plain(session);
  return rest;
}

/** What two outcomes of a registration can be compared by. */
export function comparable(outcome: RegisterOutcome | RegisteredInModel): unknown {
  if (!('session' in outcome)) return outcome;
  const displaced = 'displaced' in outcome ? outcome.displaced.map(seen) : [];
  return { kind: outcome.kind, number: outcome.session.number, session: seen(outcome.session), displaced };
}
