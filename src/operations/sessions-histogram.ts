import { z } from 'zod';
import { histogramFields } from '../session/histogram.ts';
import { selectorSchema } from '../session/selector.ts';
import { withinBorder } from './border.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';
import { selectorOf } from './sessions-list.ts';

export const sessionHistogram = operation({
  name: 'sessions.histogram',
  summary: 'Count sessions over time',
  description:
    'How many of the sessions that a list would give were made, or used last, in each stretch of time. Takes the fields of a selector as query parameters, as the list does. Stretches begin at whole multiples of their length. The first holds some; the last is that of the present, or of the end of the range that is asked for.',
  http: { method: 'GET', path: '/v1/sessions/histogram' },
  permission: 'sessions.read',
  input: z.strictObject({
    ...selectorSchema.shape,
    state: z.enum(['live', 'ended', 'any']).default('live'),
    field: z.enum(histogramFields).default('createdAt').describe('The instant that is laid out'),
    buckets: z.int().min(1).max(500).default(60).describe('The most stretches of the answer'),
  }),
  output: z.object({
    from: instantSchema.optional().describe('The start of the first stretch; absent when nothing matches'),
    to: instantSchema.optional().describe('The end of the last one; the present, if it is not over yet'),
    bucketMs: z.int().describe('The length of a stretch in milliseconds'),
    counts: z.array(z.int()).describe('Exact numbers, in the order of time'),
    count: z.int().describe('All of them together'),
  }),
  async run({ state, field, buckets, ...selector }, { caller, registry }) {
    const meant = withinBorder(caller, selectorOf(selector));
    const { from, to, bucketMs, counts } = await registry.histogram({
      selector: meant,
      state,
      field,
      buckets,
    });
    return {
      ...(counts.length === 0 ? {} : { from: instantForm(from), to: instantForm(to) }),
      bucketMs,
      counts: [...counts],
      count: counts.reduce((sum, count) => sum + count, 0),
    };
  },
});
