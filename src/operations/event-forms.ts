import { z } from 'zod';
import { journalEntrySchema } from './journal.ts';
import { nodesSchema } from './nodes.ts';
import { followedRevocationSchema } from './revocation-form.ts';
import { instantSchema } from './session-form.ts';

/** Why a stream of events ends. */
export const closingReasons = ['session_ended', 'rights_changed', 'stopping', 'store_unavailable'] as const;

/** What each event of `GET /v1/events` carries, by its type. */
export const eventSchemas = {
  hello: z
    .object({
      node: z.string().describe('The name of the node that answers'),
      version: z.string().describe('The version of Curfew that it runs'),
      head: z.int().describe('The number of the last revocation'),
      at: instantSchema.describe('The time of the node'),
    })
    .meta({ id: 'HelloEvent', description: 'The first event: who answers, and where the ledger ends' }),
  revocation: followedRevocationSchema,
  sweep: z
    .object({
      seq: z.int().describe('The number of the revocation'),
      swept: z.int().describe('Rows marked as ended so far'),
      sweptAt: instantSchema.nullable().describe('When nothing was left to mark; null while there is'),
      refused: z.int().describe('How often sessions that it ended were used since, and refused'),
    })
    .meta({ id: 'SweepEvent', description: 'What has come of a revocation of the last hour by now' }),
  pulse: z
    .object({
      at: instantSchema,
      live: z.int().describe('Live sessions'),
      registered: z.int().describe('Sessions registered since the pulse before'),
      ended: z.int().describe('Sessions ended since the pulse before'),
      refused: z.int().describe('Refused uses of ended sessions since the pulse before'),
    })
    .meta({
      id: 'PulseEvent',
      description:
        'How the sessions fare that the caller may see. It comes when something has changed, at most once a second, and less often where counting is dear',
    }),
  journal: journalEntrySchema,
  nodes: nodesSchema.meta({ id: 'NodesEvent', description: 'What nodes.list answers, when it has changed' }),
  bye: z
    .object({
      reason: z.enum(closingReasons),
    })
    .meta({
      id: 'ByeEvent',
      description:
        'The last event. session_ended: that of the caller; rights_changed: sign in or connect anew; stopping: this node stops, another or the same is to be asked; store_unavailable: it is not known what happens',
    }),
} as const;

export type EventType = keyof typeof eventSchemas;

/** The data of each event as a client reads it. */
export type EventData = { readonly [Type in EventType]: z.output<(typeof eventSchemas)[Type]> };
