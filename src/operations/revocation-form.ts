import { z } from 'zod';
import type { Revocation } from '../session/revocation.ts';
import { selectorSchema } from '../session/selector.ts';
import type { LedgerEntry } from '../session/store.ts';
import { instantForm, instantSchema } from './session-form.ts';

/** Who ordered something. */
export const actorSchema = z
  .object({
    kind: z.enum(['administrator', 'key', 'session', 'system']),
    id: z.string().describe("The administrator's number, or the id of the key or session"),
    name: z.string(),
  })
  .meta({ id: 'Actor', description: 'Who ordered it' });

/** One entry of the ledger. */
export const entrySchema = z
  .object({
    seq: z.int().describe('The number of the entry in the ledger'),
    at: instantSchema,
    selector: selectorSchema,
    reason: z.string(),
    by: actorSchema,
    face: z.string().describe('The face the order came through'),
    from: z.string().optional().describe('The address the order came from'),
    matched: z
      .int()
      .describe('How many live sessions matched, counted in the transaction that wrote the entry'),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'LedgerEntry', description: 'One entry of the ledger: a selector that has been ordered dead' });

/** One entry of the ledger, with how far its sweep has come. */
export const revocationSchema = entrySchema
  .extend({
    sweep: z
      .object({
        swept: z.int().describe('Rows marked as ended so far'),
        sweptAt: instantSchema.nullable().describe('When nothing was left to mark; null while there is'),
      })
      .describe('Housekeeping only: every session it names is dead from the moment of the entry'),
  })
  .meta({ id: 'Revocation', description: 'One entry of the ledger, with how far its sweep has come' });

/** One entry of the ledger, with what has come of it since. */
export const followedRevocationSchema = revocationSchema
  .extend({
    refused: z
      .int()
      .describe('How often sessions that it ended were used since, and refused; those that are kept count'),
  })
  .meta({ id: 'FollowedRevocation', description: 'One entry of the ledger, with what has come of it since' });

/** The wire form of an entry, without its sweep. */
export function entryForm(entry: Revocation): z.input<typeof entrySchema> {
  return {
    seq: entry.seq,
    at: instantForm(entry.at),
    selector: entry.selector,
    reason: entry.reason,
    by: { ...entry.by },
    face: entry.face,
    ...(entry.from === undefined ? {} : { from: entry.from }),
    matched: entry.matched,
    previousHash: entry.previousHash,
    hash: entry.hash,
  };
}

/** The wire form of an entry with its sweep. */
export function revocationForm(entry: LedgerEntry): z.input<typeof revocationSchema> {
  const { swept, sweptAt } = entry;
  return {
    ...entryForm(entry),
    sweep: { swept, sweptAt: sweptAt === null ? null : instantForm(sweptAt) },
  };
}

/** The wire form of an entry with its sweep and the refused uses since. */
export function followedRevocationForm(
  entry: LedgerEntry,
  refused: number,
): z.input<typeof followedRevocationSchema> {
  return { ...revocationForm(entry), refused };
}
