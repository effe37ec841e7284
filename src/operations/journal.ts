import { z } from 'zod';
import { type Caller, realmOf } from '../access/caller.ts';
import type { JournalEntry, Store } from '../session/store.ts';
import { lastEntries } from './journal-end.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** An entry of the journal of administration. */
export const journalEntrySchema = z
  .object({
    seq: z.int(),
    at: instantSchema,
    event: z.string().describe('Such as `administrator.created`'),
    by: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    face: z.string().describe('The protocol it came through'),
    from: z.string().optional().describe('The address it came from'),
    detail: z.record(z.string(), z.unknown()).describe('Facts about the change; never a secret'),
    previousHash: hashSchema,
    hash: hashSchema.describe('SHA-256 over the hash before and this entry'),
  })
  .meta({ id: 'JournalEntry', description: 'One change of administration: who, what, when, from where' });

export const readJournal = operation({
  name: 'journal.list',
  summary: 'Read the journal of administration, the oldest entry first',
  description:
    'A caller bound to a realm sees the entries about that realm. A page may then be short, or empty, before the last: go on while `next` is given.',
  http: { method: 'GET', path: '/v1/journal' },
  permission: 'journal.read',
  input: z.strictObject({
    after: z.int().min(0).default(0).describe('Entries with a greater number; `next` of the page before'),
    newest: z
      .literal(true)
      .optional()
      .describe('Give the last entries instead, the newest first, and no page after them'),
    limit: z.int().min(1).max(1000).default(100).describe('The most entries in one answer'),
  }),
  output: z.object({
    entries: z.array(journalEntrySchema),
    next: z.int().optional().describe('Where the next page starts; absent on the last one'),
  }),
  async run({ after, newest, limit }, { store, caller }) {
    if (newest === true) {
      const last = await lastEntries(store, (entry) => maySeeJournalEntry(caller, entry), limit);
      return { entries: last.map(journalEntryForm) };
    }
    const { entries, next } = await visiblePage(store, realmOf(caller), after, limit);
    return { entries: entries.map(journalEntryForm), ...(next === undefined ? {} : { next }) };
  },
});

/** How many entries one answer looks through for a caller who may see only some of them. */
const mostScanned = 10_000;

async function visiblePage(
  store: Pick<Store, 'journal'>,
  border: string | null,
  start: number,
  limit: number,
): Promise<{ entries: JournalEntry[]; next: number | undefined }> {
  const entries: JournalEntry[] = [];
  // One more than asked for shows whether there is a next page; who sees only some needs larger slices.
  const size = border === null ? limit + 1 : 1000;
  let after = start;
  for (let scanned = 0; scanned < mostScanned; scanned += size) {
    const slice = await store.journal(after, size);
    for (const entry of slice) {
      if (entries.length === limit) return { entries, next: after };
      if (isWithin(border, entry)) entries.push(entry);
      after = entry.seq;
    }
    if (slice.length < size) return { entries, next: undefined };
  }
  return { entries, next: after };
}

/** Whether a caller may see an entry: one of its own realm, or any for a caller of all realms. */
export function maySeeJournalEntry(caller: Caller, entry: JournalEntry): boolean {
  return isWithin(realmOf(caller), entry);
}

function isWithin(border: string | null, entry: JournalEntry): boolean {
  return border === null || realmOfEntry(entry) === border;
}

/** The realm an entry is about, or null for what concerns all of them. */
function realmOfEntry({ detail }: JournalEntry): string | null {
  const { scope } = detail;
  const place = typeof scope === 'object' && scope !== null ? scope : detail;
  return 'realm' in place && typeof place.realm === 'string' ? place.realm : null;
}

/** The wire form of an entry of the journal. */
export function journalEntryForm(entry: JournalEntry): z.input<typeof journalEntrySchema> {
  const { seq, at, event, by, face, from, detail, previousHash, hash } = entry;
  return {
    seq,
    at: instantForm(at),
    event,
    by: { ...by },
    face,
    ...(from === undefined ? {} : { from }),
    detail: { ...detail },
    previousHash,
    hash,
  };
}
