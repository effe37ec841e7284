import { z } from 'zod';
import { type Caller, realmOf } from '../access/caller.ts';
import { CurfewError } from '../core/errors.ts';
import type { LedgerEntry, Store } from '../session/store.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { operation } from './operation.ts';
import {
  followedRevocationForm,
  followedRevocationSchema,
  revocationForm,
  revocationSchema,
} from './revocation-form.ts';

export const listRevocations = operation({
  name: 'revocations.list',
  summary: 'List the ledger, the newest entry first',
  description:
    'A caller bound to a realm sees the entries that name this realm. A page may then be short, or empty, before the last.',
  http: { method: 'GET', path: '/v1/revocations' },
  permission: 'ledger.read',
  input: z.strictObject({
    limit: z.int().min(1).max(1000).default(100).describe('The most entries in one answer'),
    cursor: z.string().min(1).max(512).optional().describe('nextCursor of the page before'),
  }),
  output: z.object({
    revocations: z.array(revocationSchema),
    nextCursor: z.string().optional().describe('Where the next page starts; absent on the last one'),
  }),
  async run({ limit, cursor }, { caller, store }) {
    const filter = { list: 'revocations', realm: realmOf(caller) };
    const before = cursor === undefined ? undefined : readCursor(cursor, filter, 1)[0];
    const { entries, next } = await visiblePage(store, caller, limit, before);
    return {
      revocations: entries.map(revocationForm),
      ...(next === undefined ? {} : { nextCursor: writeCursor([next], filter) }),
    };
  },
});

export const getRevocation = operation({
  name: 'revocations.get',
  summary:
    'Show one entry of the ledger, with how far its sweep has come and how often what it ended was used since',
  http: { method: 'GET', path: '/v1/revocations/{seq}' },
  permission: 'ledger.read',
  input: z.strictObject({ seq: z.int().min(1).describe('The number of the entry') }),
  output: z.object({ revocation: followedRevocationSchema }),
  async run({ seq }, { caller, store, registry }) {
    const [entry] = await store.revocations({ after: seq - 1, limit: 1 });
    if (entry === undefined || entry.seq !== seq || !maySeeRevocation(caller, entry)) {
      throw new CurfewError('not_found', `The ledger has no revocation ${seq}.`);
    }
    // Uses that this server has refused a moment ago count too; if they cannot be written they are told the next time.
    await registry.refusals.flush().catch(() => undefined);
    const [refused = 0] = await store.refusedSince([seq]);
    return { revocation: followedRevocationForm(entry, refused) };
  },
});

/** How many entries one answer looks through for a caller who may see only some of them. */
const mostScanned = 10_000;

async function visiblePage(
  store: Store,
  caller: Caller,
  limit: number,
  start: number | undefined,
): Promise<{ entries: LedgerEntry[]; next: number | undefined }> {
  const entries: LedgerEntry[] = [];
  let before = start;
  const size = realmOf(caller) === null ? Math.min(limit + 1, 1000) : 1000;
  for (let scanned = 0; scanned < mostScanned; ) {
    const slice = await store.revocations({ limit: size, ...(before === undefined ? {} : { before }) });
    for (const entry of slice) {
      if (entries.length === limit) return { entries, next: before };
      if (maySeeRevocation(caller, entry)) entries.push(entry);
      before = entry.seq;
    }
    if (slice.length < size) return { entries, next: undefined };
    scanned += slice.length;
  }
  return { entries, next: before };
}

/** An entry without a realm names users of every realm, so only who may reach every realm sees it. */
export function maySeeRevocation(caller: Caller, entry: LedgerEntry): boolean {
  const only = realmOf(caller);
  return only === null || entry.selector.realm === only;
}
