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
import { instantSchema } from './session-form.ts';

const part = z.string().min(1).max(256).optional();

export const listRevocations = operation({
  name: 'revocations.list',
  summary: 'List the ledger, the newest entry first',
  description:
    'A caller bound to a realm sees the entries that name this realm. For such a caller, and with a filter, a page may be short, or empty, before the last.',
  http: { method: 'GET', path: '/v1/revocations' },
  permission: 'ledger.read',
  input: z.strictObject({
    limit: z.int().min(1).max(1000).default(100).describe('The most entries in one answer'),
    cursor: z.string().min(1).max(512).optional().describe('nextCursor of the page before'),
    by: part.describe('A part of the name of who ordered it, in any case'),
    face: z.string().min(1).max(64).optional().describe('The face the order came through'),
    reason: part.describe('A part of the reason, in any case'),
    from: instantSchema.optional().describe('Made at this instant or later'),
    to: instantSchema.optional().describe('Made before this instant'),
  }),
  output: z.object({
    revocations: z.array(revocationSchema),
    nextCursor: z.string().optional().describe('Where the next page starts; absent on the last one'),
  }),
  async run({ limit, cursor, ...wanted }, { caller, store }) {
    const filter = { list: 'revocations', realm: realmOf(caller), ...wanted };
    const before = cursor === undefined ? undefined : readCursor(cursor, filter, 1)[0];
    const { entries, next } = await visiblePage(store, caller, wanted, limit, before);
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
      // One text for both, so that it does not tell whether there is one that the caller may not see.
      throw new CurfewError('not_found', `The ledger has no revocation ${seq} that you may see.`);
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
  wanted: Wanted,
  limit: number,
  start: number | undefined,
): Promise<{ entries: LedgerEntry[]; next: number | undefined }> {
  const entries: LedgerEntry[] = [];
  let before = start;
  const isWanted = wantedTest(wanted);
  const since = wanted.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(wanted.from);
  const seesAll = realmOf(caller) === null && Object.values(wanted).every((value) => value === undefined);
  const size = seesAll ? Math.min(limit + 1, 1000) : 1000;
  for (let scanned = 0; scanned < mostScanned; ) {
    const slice = await store.revocations({ limit: size, ...(before === undefined ? {} : { before }) });
    for (const entry of slice) {
      if (entries.length === limit) return { entries, next: before };
      // The instants of entries never go back, so all that is left is older.
      if (entry.at < since) return { entries, next: undefined };
      if (maySeeRevocation(caller, entry) && isWanted(entry)) entries.push(entry);
      before = entry.seq;
    }
    if (slice.length < size) return { entries, next: undefined };
    scanned += slice.length;
  }
  return { entries, next: before };
}

/** Which entries a list is to hold. */
interface Wanted {
  readonly by?: string | undefined;
  readonly face?: string | undefined;
  readonly reason?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

function wantedTest({ by, face, reason, to }: Wanted): (entry: LedgerEntry) => boolean {
  const name = by?.toLowerCase();
  const why = reason?.toLowerCase();
  const before = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to);
  return (entry) =>
    entry.at < before &&
    (face === undefined || entry.face === face) &&
    (name === undefined || entry.by.name.toLowerCase().includes(name)) &&
    (why === undefined || entry.reason.toLowerCase().includes(why));
}

/** An entry without a realm names users of every realm, so only who may reach every realm sees it. */
export function maySeeRevocation(caller: Caller, entry: LedgerEntry): boolean {
  const only = realmOf(caller);
  return only === null || entry.selector.realm === only;
}
