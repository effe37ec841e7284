import { signal } from '@preact/signals';
import { send, toError } from './api.ts';
import { toast } from './components/toast.tsx';
import { me, showSignIn, tellOthers } from './me.ts';

/** Somebody who has signed in. */
export interface Person {
  readonly username: string;
  readonly realm: string;
  readonly provider: string;
}

/** Whom this browser can go on as, and by what else somebody can sign in. */
export interface Standing {
  readonly signedInAs?: Person;
  /** Whoever is signed in at Curfew's own page in this browser. */
  readonly continueAs?: Person;
  /** Titles of the providers beside a name and password. */
  readonly providers: readonly string[];
}

/** A session of this browser that signing out here did not end. */
export interface StillOpen {
  /** What the provider is called. */
  readonly title: string;
  /** Where it can be ended; undefined where the provider has no such place. */
  readonly url?: string;
}

/** What is still open at the provider after somebody has signed out here; undefined when nothing is, or nobody has. */
export const stillOpen = signal<StillOpen | undefined>(undefined);

const path = '/console/session';

export async function learnStanding(): Promise<Standing> {
  return (await send(path, { method: 'GET' })) as Standing;
}

/** Signs an administrator in. @throws CurfewError `unauthenticated`, `locked_out`, `rate_limited`, ... */
export async function signIn(username: string, password: string): Promise<void> {
  await send(path, { method: 'POST', body: { username, password } });
  stillOpen.value = undefined;
  tellOthers('entered');
}

/** Goes on with the session that the browser has from the page of the sign-in. @throws CurfewError */
export async function adopt(): Promise<void> {
  await send(`${path}/adopt`, { method: 'POST' });
  stillOpen.value = undefined;
  tellOthers('entered');
}

/** Signs out, here and in the store. */
export async function leave(): Promise<void> {
  try {
    const answer = (await send(path, { method: 'DELETE' })) as { stillOpen?: StillOpen };
    stillOpen.value = answer.stillOpen;
  } catch (thrown) {
    // Whoever believes to have signed out must not be wrong about it.
    toast(toError(thrown).message, { kind: 'failed' });
    return;
  }
  tellOthers('left');
  if (me.value !== undefined) showSignIn('logged_out');
}
