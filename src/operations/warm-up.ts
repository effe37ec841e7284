import type { Registry } from '../session/registry.ts';
import { formsOf } from './formed.ts';
import { sessionForm } from './session-form.ts';
import { terminationSchema } from './termination.ts';

const rounds = 6;
const limit = 1000;

/**
 * Does a few times what the answer to a wide cut takes, so that the first one after a start, likely in an emergency, is not
 * the slowest: nothing would have been compiled by then. It takes a tenth of a second where there are many sessions.
 */
export async function warmUp(registry: Pick<Registry, 'list'>): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const { sessions } = await registry.list({ selector: { all: true }, state: 'live', limit });
    if (sessions.length < limit) return;
    const forms = formsOf(sessions, sessionForm);
    terminationSchema.shape.sessions.safeParse(forms.slice(0, 20));
    JSON.stringify(forms);
  }
}
