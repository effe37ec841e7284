import { eventSchemas } from '../../operations/event-forms.ts';
import { type Json, schemaOf } from './json-schema.ts';
import type { OpenApiOperation } from './openapi.ts';

/** `GET /v1/events` in the OpenAPI document; it is no operation of the table. Moves the schemas of its events to `schemas`. */
export function eventsDocument(schemas: Record<string, Json>): { get: OpenApiOperation } {
  const rows = Object.entries(eventSchemas).map(([type, schema]) => {
    const { id = type, description = '' } = schema.meta() ?? {};
    const { $schema: _dialect, ...json } = schemaOf(schema, 'output', schemas);
    schemas[id] ??= json;
    return `- \`${type}\` carries \`${id}\`: ${description}`;
  });
  return { get: { ...events, description: `${events.description}\n\n${rows.join('\n')}` } };
}

const events: OpenApiOperation = {
  operationId: 'events.follow',
  tags: ['events'],
  summary: 'Follow what happens, on whichever node it happens, as server-sent events',
  description:
    'The stream says at once what the caller may see: revocations and their sweeps with the right `ledger.read`, the journal with `journal.read`, all within the realm that the caller is bound to. Send the id of the last event as `Last-Event-ID` to go on behind it; without it the stream begins now. Every 15 seconds comes a comment, so silence for longer means that the connection is lost. A reader that does not read is dropped. Each person, in all their sessions together, and each key has room for 16 streams, each node for 256, the last 64 of them only for callers who may reach every realm or hold `administrator`; beyond that the answer is 429 `rate_limited`, its fact `full` says which (`caller` or `node`), and `Retry-After` when to ask again. To follow is no use of a session: it idles out all the same, and the stream ends with it.\n\nNeeds the right `sessions.read`.',
  security: [{ administrator: [] }, { key: [] }, { session: [] }],
  parameters: [
    {
      name: 'last-event-id',
      in: 'header',
      required: false,
      description: 'The id of the last event that was read; what has happened since is told first',
      schema: { type: 'string' },
    },
  ],
  responses: {
    '200': {
      description: 'A stream without end',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    default: { $ref: '#/components/responses/Problem' },
  },
};
