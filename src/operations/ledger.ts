import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { type ChainReport, verifyJournal, verifyLedger } from '../session/chain.ts';
import { operation } from './operation.ts';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hexadecimal');

export const getLedger = operation({
  name: 'ledger.get',
  summary: 'Show where the ledger ends',
  description:
    'Take `head` when a sign-in begins and register the session with it as `epoch`. Note head and hash elsewhere from time to time: `ledger.verify` then proves that nothing before was rewritten.',
  http: { method: 'GET', path: '/v1/ledger' },
  permission: 'ledger.read',
  input: z.strictObject({}),
  output: z.object({
    head: z.int().describe('The number of the last revocation; 0 when there is none'),
    hash: z.string().describe('The hash of that entry; 64 zeros when there is none'),
  }),
  async run(_input, { registry }) {
    const { seq, hash } = await registry.head();
    return { head: seq, hash };
  },
});

const chainReportSchema = z
  .object({
    entries: z.int().describe('How many entries hold, from the first'),
    head: z.int().describe('The last entry that holds'),
    hash: z.string().describe('Its hash'),
    broken: z
      .object({ seq: z.int(), problem: z.string() })
      .optional()
      .describe('The first entry that does not hold, and why; absent when the whole chain holds'),
  })
  .meta({ id: 'ChainReport', description: 'What the walk along a chain found' });

export const verifyLedgerChain = operation({
  name: 'ledger.verify',
  summary: 'Verify the ledger and the journal from their first entries',
  description:
    'Recomputes every hash. With `seq` and `hash`, noted earlier, it also proves that the ledger was not rewritten as a whole.',
  http: { method: 'GET', path: '/v1/ledger/verify' },
  permission: 'journal.read',
  input: z.strictObject({
    seq: z.int().min(1).optional().describe('The number of an entry that was noted'),
    hash: hashSchema.optional().describe('Its hash'),
  }),
  output: z.object({
    intact: z.boolean(),
    ledger: chainReportSchema,
    journal: chainReportSchema,
  }),
  async run({ seq, hash }, { store, registry }) {
    if ((seq === undefined) !== (hash === undefined)) {
      const path = seq === undefined ? 'seq' : 'hash';
      throw new CurfewError('invalid_input', `${path}: give seq and hash together`, {
        faults: [{ path, message: 'give seq and hash together' }],
      });
    }
    const { seq: stored, hash: last } = await store.head();
    // What this server has seen itself cannot have been cut off the end since.
    const head = { seq: Math.max(stored, registry.ledger.head), hash: last };
    const anchor = seq === undefined || hash === undefined ? undefined : { seq, hash };
    const ledger = await verifyLedger((after, limit) => store.revocations({ after, limit }), {
      head,
      anchor,
    });
    const journal = await verifyJournal((after, limit) => store.journal(after, limit));
    return {
      intact: ledger.broken === undefined && journal.broken === undefined,
      ledger: chainReportForm(ledger),
      journal: chainReportForm(journal),
    };
  },
});

function chainReportForm({ entries, head, broken }: ChainReport): z.input<typeof chainReportSchema> {
  return { entries, head: head.seq, hash: head.hash, ...(broken === undefined ? {} : { broken }) };
}
