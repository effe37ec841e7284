import type { StoredSession } from '../../session/store.ts';
import type { SignInParts } from './visit.ts';

/** What stays open when a session ends here: the provider's own session of the user, by which it signs in again unasked. */
export interface Elsewhere {
  readonly title: string;
  /** Where the provider ends it too; undefined where it says no such place, or cannot be asked now. */
  readonly url: string | undefined;
}

/** The path that providers lead back to from a logout. */
export const signedOutPath = '/sign-out/done';

/**
 * Where else the user of a session is signed in: at its provider, if that is one which browsers are led to. The session is over
 * here in any case, so a provider that is down is passed over.
 * @returns undefined for a provider without sessions of its own, or one that is not there any more
 */
export async function elsewhere(
  session: StoredSession,
  { place, services, log }: Pick<SignInParts, 'place' | 'services' | 'log'>,
): Promise<Elsewhere | undefined> {
  const used = services.signIn.providers.find(session.realm, session.provider.name);
  if (used?.signIn.flow !== 'redirect' || used.provider.type !== session.provider.type) return undefined;
  const { title, name } = used.provider;
  try {
    const url = await used.signIn.logoutUrl?.(session, `${place.url}${signedOutPath}`);
    // It comes from the provider's own documents, and becomes a link.
    return { title, url: url !== undefined && /^https?:\/\//i.test(url) ? url : undefined };
  } catch (error) {
    log.warn({ provider: name, err: error }, 'a provider could not be asked to end its session');
    return { title, url: undefined };
  }
}
