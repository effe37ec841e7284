import { z } from 'zod';
import { withinBorder } from './border.ts';
import { operation } from './operation.ts';
import { sessionIdSchema } from './session-form.ts';
import { reachableSession } from './sessions-get.ts';
import { reasonSchema, terminate, terminationSchema } from './termination.ts';

export const deleteSession = operation({
  name: 'sessions.delete',
  summary: 'End one session',
  description:
    'A termination like any other: it is one entry of the ledger. Ending what has ended already says so.',
  http: { method: 'DELETE', path: '/v1/sessions/{id}' },
  permission: 'sessions.terminate',
  input: z.strictObject({
    id: sessionIdSchema,
    reason: reasonSchema.default('ended by its id'),
  }),
  output: terminationSchema,
  async run({ id, reason }, context) {
    await reachableSession(context.registry, context.caller, id);
    return terminate(context, { selector: withinBorder(context.caller, { sessionIds: [id] }), reason });
  },
});
