import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { conditionFaults, type Selector, selectorSchema } from '../session/selector.ts';
import { withinBorder } from './border.ts';
import { operation } from './operation.ts';
import { reasonSchema, terminate, terminationSchema } from './termination.ts';

const count = z.int().min(0);

export const createRevocation = operation({
  name: 'revocations.create',
  summary: 'End every session that a selector matches',
  description:
    'One entry of the ledger, whatever the number: when it is answered, no matching session is live anywhere. With `expect` nothing is ended when more sessions match than were previewed.',
  http: { method: 'POST', path: '/v1/revocations', status: 201 },
  permission: 'sessions.terminate',
  input: z.strictObject({
    selector: selectorSchema,
    reason: reasonSchema,
    expect: z
      .union([
        count,
        z.strictObject({
          matched: count.describe('The count previewed'),
          growth: count.optional().describe('By how much it may have grown since; 0 unless said otherwise'),
        }),
      ])
      .optional()
      .describe('The count previewed: refuse with expectation_failed when more match by now'),
    tell: z
      .int()
      .min(0)
      .max(1000)
      .default(1000)
      .describe('How many of the sessions it ended the answer shows; 0 is the quickest for a wide cut'),
  }),
  output: terminationSchema,
  async run({ selector, reason, expect, tell }, context) {
    const atMost = typeof expect === 'object' ? expect.matched + (expect.growth ?? 0) : expect;
    return terminate(context, {
      selector: withinBorder(context.caller, soundSelector(selector)),
      reason,
      atMost,
      tell,
    });
  },
});

/**
 * The selector, if it holds the rules that no single field shows.
 * @throws CurfewError `invalid_input`
 */
export function soundSelector(selector: Selector): Selector {
  const faults = conditionFaults(selector);
  if (faults.length === 0) return selector;
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
  throw new CurfewError('invalid_input', message, { faults });
}
