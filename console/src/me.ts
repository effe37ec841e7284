import { computed, signal } from '@preact/signals';
import { CurfewError, call, type Outputs, onRefused, toError } from './api.ts';
import { go, here, path } from './location.ts';

/** Who is signed in, as the API knows them. */
export type Me = Omit<Outputs['me.get'], 'endsAt' | 'now'>;
export type Permission = Me['permissions'][number];

/** Who is signed in; undefined until it is known, and while nobody is. A new value means that something has changed. */
export const me = signal<Me | undefined>(undefined);
/** What became of finding out who is signed in, when that failed for another reason than nobody being so. */
export const meFailure = signal<CurfewError | undefined>(undefined);
/** Why the last session is over, such as `revoked`; undefined when none was, or it is not known. */
export const endedBecause = signal<string | undefined>(undefined);
/** When the session ends if it is not used again, by the clock of this machine; null = never. */
export const sessionEndsAt = signal<number | null>(null);

const held = computed(() => new Set<string>(me.value?.permissions));

/** Whether the person may do something. What they may not is not shown. */
export function may(permission: Permission): boolean {
  return held.value.has(permission);
}

/** Whether the person is bound to one realm, and so sees neither other realms nor what was done over several. */
export function isBound(): boolean {
  return typeof me.value?.realm === 'string';
}

/**
 * Finds out who is signed in; where nobody is, the page for signing in is shown, and leads back here.
 * @param options `quiet` is false where the person asks to stay signed in
 */
export async function learnMe({ quiet = true }: { quiet?: boolean } = {}): Promise<void> {
  meFailure.value = undefined;
  try {
    const { endsAt, now, ...found } = await call('me.get', {}, { quiet });
    // The clocks of both machines may differ.
    sessionEndsAt.value = endsAt == null ? null : Date.now() + (Date.parse(endsAt) - Date.parse(now));
    if (JSON.stringify(found) !== JSON.stringify(me.value)) me.value = found;
    endedBecause.value = undefined;
  } catch (thrown) {
    if (thrown instanceof CurfewError && thrown.code === 'unauthenticated') return;
    // What was known is still the best there is to show.
    if (me.value === undefined) meFailure.value = toError(thrown);
  }
}

/** Forgets who was signed in and shows the page for signing in. @param reason why the session is over, if one was */
export function showSignIn(reason: string | undefined): void {
  endedBecause.value = reason;
  me.value = undefined;
  if (path.value === '/sign-in') return;
  const from = here();
  go('/sign-in', { return: from === '/' ? undefined : from }, { replace: true });
}

/** Keeps what is known of the person true while the page is open. */
export function keepKnown(): void {
  onRefused((code, reason) => {
    if (code === 'forbidden') {
      // Rights may have been taken away meanwhile; then what needs them must go from the page.
      if (me.value !== undefined) void learnMe();
      return;
    }
    // Several calls may be refused at once, and the first has led to the page for signing in.
    const isShown = path.value === '/sign-in' && me.value === undefined;
    if (isShown) endedBecause.value ??= reason === 'missing' ? undefined : reason;
    else showSignIn(me.value === undefined && reason === 'missing' ? undefined : reason);
  });
  addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && me.value !== undefined) void learnMe();
  });
  others?.addEventListener('message', ({ data }) => {
    if (data === 'left') showSignIn('logged_out');
    else void learnMe();
  });
}

const others =
  globalThis.document === undefined || globalThis.BroadcastChannel === undefined
    ? undefined
    : new BroadcastChannel('curfew-console');

/** Tells the other windows of this browser that somebody has signed in or out. */
export function tellOthers(what: 'entered' | 'left'): void {
  others?.postMessage(what);
}
