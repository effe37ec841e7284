import { signal } from '@preact/signals';
import { CurfewError, call, type Outputs, onRefused, toError } from './api.ts';
import { go, here, path, query } from './location.ts';

/** Who is signed in, as the API knows them. */
export type Me = Outputs['me.get'];
export type Permission = Me['permissions'][number];

/** Who is signed in; undefined until it is known, and while nobody is. */
export const me = signal<Me | undefined>(undefined);
/** What became of finding out who is signed in, when that failed for another reason than nobody being so. */
export const meFailure = signal<CurfewError | undefined>(undefined);
/** Why the last session is over, such as `revoked`; undefined when nobody was signed in, or has left. */
export const endedBecause = signal<string | undefined>(undefined);

/** Whether the person may do something. What they may not is not shown. */
export function may(permission: Permission): boolean {
  return me.value?.permissions.includes(permission) ?? false;
}

/** Finds out who is signed in; where nobody is, the page for signing in is shown, and leads back here. */
export async function learnMe(): Promise<void> {
  meFailure.value = undefined;
  try {
    me.value = await call('me.get', {}, { quiet: true });
    endedBecause.value = undefined;
  } catch (thrown) {
    if (thrown instanceof CurfewError && thrown.code === 'unauthenticated') return;
    meFailure.value = toError(thrown);
  }
}

/** Forgets who was signed in and shows the page for signing in. @param reason undefined when they left by themselves */
export function showSignIn(reason: string | undefined): void {
  if (me.value !== undefined || reason !== 'missing') endedBecause.value = reason;
  me.value = undefined;
  if (path.value === '/sign-in') return;
  const from = here();
  go('/sign-in', { return: from === '/' ? undefined : from }, { replace: true });
}

onRefused((reason) => {
  // Several calls may be refused at once, and the first has led to the page already.
  if (path.value === '/sign-in' && me.value === undefined) {
    if (!query.value.has('return') && reason !== 'missing') endedBecause.value ??= reason;
    return;
  }
  showSignIn(reason);
});
