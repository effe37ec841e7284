import { z } from 'zod';
import type { Selector } from '../session/selector.ts';
import type { UnknownName } from '../session/store.ts';
import { formsOf } from './formed.ts';
import type { CallContext } from './operation.ts';
import { entryForm, entrySchema } from './revocation-form.ts';
import { sessionForm, sessionSchema } from './session-form.ts';

/** Names in a selector that no session here ever bore. */
export const unknownNamesSchema = z
  .array(z.enum(['realm', 'provider', 'providerSession', 'username', 'subject', 'app', 'sessionIds']))
  .describe('Given when nothing matched: what in the selector was never seen here');

/** What a termination answers, whichever operation ordered it. */
export const terminationSchema = z
  .object({
    revocation: entrySchema,
    matched: z.int().describe('How many live sessions it ended, exactly'),
    sessions: z
      .array(sessionSchema)
      .describe('The first 1,000 of them, or as many as were asked for; the newest first'),
    unknown: unknownNamesSchema.optional(),
    warning: z.string().optional().describe('Given when nothing matched: a sentence for a person'),
    unheard: z
      .array(z.string())
      .optional()
      .describe(
        'Nodes that were not heard when the order went by last access: what only they had noted, at most a touch interval before, was not known',
      ),
  })
  .meta({
    id: 'Termination',
    description: 'What an order to terminate did. It is final when it is answered',
  });

export const reasonSchema = z
  .string()
  .trim()
  .min(1, 'say why; it stays in the ledger')
  .max(1000)
  .describe('Why, for whoever reads the ledger later');

/**
 * Orders a termination and gives its answer. The selector is already narrowed to what the caller may reach.
 * @throws CurfewError `expectation_failed` when more sessions match than `atMost`
 */
export async function terminate(
  context: CallContext,
  order: { selector: Selector; reason: string; atMost?: number | undefined; tell?: number },
): Promise<z.input<typeof terminationSchema>> {
  const { selector, reason, atMost, tell = 1000 } = order;
  const outcome = await context.registry.terminate({
    selector,
    reason,
    origin: context.origin,
    ...(atMost === undefined ? {} : { atMost }),
    tell,
  });
  const { revocation, sessions, unknown, unheard } = outcome;
  return {
    revocation: entryForm(revocation),
    matched: revocation.matched,
    sessions: formsOf(sessions.slice(0, tell), sessionForm),
    ...(revocation.matched > 0 ? {} : { unknown: [...unknown], warning: emptyWarning(selector, unknown) }),
    ...(unheard.length === 0 ? {} : { unheard: [...unheard] }),
  };
}

/** The sentence for a selector that matches nothing (P10): whether the names in it are known here. */
export function emptyWarning(selector: Selector, unknown: readonly UnknownName[]): string {
  if (unknown.length === 0) {
    return 'No live session matches. Every name in the selector is known here, so the sessions have ended already or another condition excludes them.';
  }
  const names = unknown.map((name) => describeName(name, selector));
  return `No live session matches, and ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} unknown here; check the spelling.`;
}

function describeName(name: UnknownName, selector: Selector): string {
  switch (name) {
    case 'provider':
      return `the provider ${providerText(selector.provider ?? {})}`;
    case 'providerSession':
      return `the provider's session ${JSON.stringify(selector.providerSession)}`;
    case 'username':
      return `the user ${JSON.stringify(selector.username)}`;
    case 'subject':
      return `the subject ${JSON.stringify(selector.subject)}`;
    case 'realm':
      return `the realm ${JSON.stringify(selector.realm)}`;
    case 'app':
      return `the app ${JSON.stringify(selector.app)}`;
    case 'sessionIds':
      return selector.sessionIds?.length === 1 ? 'the session id' : 'every session id';
  }
}

function providerText({ type, types, notTypes, name }: NonNullable<Selector['provider']>): string {
  if (types === undefined && notTypes === undefined) {
    return JSON.stringify([type, name].filter(Boolean).join('/'));
  }
  return JSON.stringify({ type, types, notTypes, name });
}
