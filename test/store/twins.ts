import assert from 'node:assert/strict';
import type { LedgerEntry, SliceResult, Store, StoredSession } from '../../src/session/store.ts';
import type { OpenedStore } from '../suites/store/stage.ts';
import { plain } from '../support/sessions.ts';

/** Members of answers that each engine fills as it likes. */
const ownMatters = new Set(['swept', 'sweptAt', 'records', 'unswept', 'sizeBytes']);

/** What an answer says, whichever engine gave it: sessions as plain data, and nothing of how far a sweep has come. */
function comparable(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(comparable);
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return answer;
  if ('accessGroups' in answer && 'number' in answer) {
    const session = answer as StoredSession;
    return { ...plain(session), epoch: undefined, number: session.number };
  }
  return Object.fromEntries(
    Object.entries(answer)
      .filter(([name, value]) => value !== undefined && !ownMatters.has(name))
      .map(([name, value]) => [name, comparable(value)]),
  );
}

/** Methods whose slices each engine cuts as it likes. */
const slicing = new Set(['sweep', 'expire', 'purge']);
/** Methods that tell of one engine alone. */
const single = new Set(['ping', 'backup', 'close', 'activeRevocations', 'versions']);

function slicesOf(slices: readonly SliceResult[]): SliceResult {
  return {
    rows: Math.max(...slices.map(({ rows }) => rows)),
    more: slices.some(({ more }) => more),
    completed: [],
  };
}

/** Entries count as swept when every engine has swept them. */
function unsweptIfAny(answers: readonly unknown[]): unknown {
  const [first, ...others] = answers as LedgerEntry[][];
  return first?.map((entry, index) => {
    const isUnswept = others.some((entries) => entries[index]?.sweptAt === null);
    return isUnswept ? { ...entry, sweptAt: null } : entry;
  });
}

/**
 * Several engines as one store: each call goes to all of them, and all must answer alike. `choose` says which of the stores
 * that are open on an engine takes a call, where there are several; calls of which nobody waits for the one before go to the
 * same, for between two there is no order.
 */
export function twins(first: OpenedStore, others: readonly { choose(isBusy: boolean): Store }[]): Store {
  let underWay = 0;
  return new Proxy<Store>(first.store, {
    get(_target, name) {
      const ownOf = (store: Store): ((...args: unknown[]) => unknown) => {
        const value: unknown = Reflect.get(store, name);
        assert.ok(typeof value === 'function', `the store has no method ${String(name)}`);
        return value.bind(store);
      };
      if (single.has(String(name))) return ownOf(first.store);
      return async (...args: unknown[]) => {
        const stores = [first.store, ...others.map((other) => other.choose(underWay > 0))];
        underWay += 1;
        const answers = await Promise.all(stores.map((store) => ownOf(store)(...args))).finally(() => {
          underWay -= 1;
        });
        if (slicing.has(String(name))) return slicesOf(answers as SliceResult[]);
        // A look-up gives the row as it is written, marked as ended or not yet; whoever asked judges it.
        if (name === 'lookup') return answers.at(-1);
        const [expected, ...rest] = answers.map(comparable);
        for (const actual of rest) assert.deepEqual(actual, expected, `${String(name)} differs`);
        return name === 'revocations' ? unsweptIfAny(answers) : answers[0];
      };
    },
  });
}
