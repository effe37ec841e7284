import { CurfewError, call, type Outputs, type Selector } from '../api.ts';
import { may, me } from '../me.ts';

/** An entry of the ledger as a list of them holds it. */
export type LedgerItem = Outputs['revocations.list']['revocations'][number];

/** A cut as it was ordered, by which its entry is known again. */
export interface Order {
  readonly selector: Selector;
  readonly reason: string;
  /** The newest entry of the ledger before it was ordered; undefined where that is not known. */
  readonly after: number | undefined;
}

/** How many of the newest entries are looked through; far more than are made while one answer is awaited. */
const lookedThrough = 100;

/** The number of the newest entry that the person may see: 0 in an empty ledger, undefined where it cannot be told. */
export async function ledgerHead(): Promise<number | undefined> {
  if (!may('ledger.read')) return undefined;
  try {
    const { revocations } = await call('revocations.list', { limit: 1 }, { quiet: true });
    return revocations[0]?.seq ?? 0;
  } catch {
    // It is needed only should an answer be lost; then nothing is taken for the order, and the person counts again.
    return undefined;
  }
}

/**
 * The entry that an order has become, if the ledger holds it; undefined where it does not, or it cannot be told apart.
 * @throws CurfewError as `call`
 */
export async function findOrder(order: Order): Promise<LedgerItem | undefined> {
  if (order.after === undefined || !may('ledger.read')) return undefined;
  const { revocations } = await call('revocations.list', { limit: lookedThrough }, { quiet: true });
  return revocations.find((entry) => isOrder(entry, order));
}

/** Whether an entry is what an order of the person who is signed in has become. */
export function isOrder(entry: Omit<LedgerItem, 'sweep'>, { selector, reason, after }: Order): boolean {
  const person = me.peek();
  if (person === undefined || after === undefined || entry.seq <= after) return false;
  const { lastAccessTo } = entry.selector;
  // The server adds the realm that the caller is bound to, and ends a range of last access that is open.
  const named: Selector = {
    ...(person.realm === null ? {} : { realm: person.realm }),
    ...(lastAccessTo === undefined || selector.lastAccessFrom === undefined ? {} : { lastAccessTo }),
    ...selector,
  };
  return (
    entry.face === 'console' &&
    entry.by.name === person.username &&
    entry.reason === reason &&
    canonical(named) === canonical(entry.selector)
  );
}

/**
 * Whether an order may have been carried out although it failed here: unless the server itself has refused it. A server
 * that failed may have done so after it wrote the entry.
 */
export function isInDoubt(thrown: unknown): boolean {
  return !(thrown instanceof CurfewError) || doubtful.has(thrown.code);
}

const doubtful: ReadonlySet<string> = new Set(['unreachable', 'internal', 'store_unavailable']);

/** A value as a text in which the order of fields makes no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
