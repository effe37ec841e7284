import type { PublicPlace } from '../../sign-in/public-place.ts';

/** The cookies of a request by name. Where one name has several values nobody knows which is meant, so it has none. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const several = new Set<string>();
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (found.has(name) && found.get(name) !== value) several.add(name);
    found.set(name, value);
  }
  for (const name of several) found.delete(name);
  return found;
}

/** Makes the headers that set and take back the cookies of the sign-in. */
export class CookieWriter {
  readonly #place: PublicPlace;

  constructor(place: PublicPlace) {
    this.#place = place;
  }

  /** The name under which a cookie of the sign-in's own host goes. */
  ownName(name: string): string {
    return this.#place.isSecure ? `__Host-${name}` : name;
  }

  /** Sets the session's token. It ends with the browser; how long the session lives is told by Curfew alone. */
  session(token: string): string {
    return `${this.#place.sessionCookie}=${token}; ${this.#sessionAttributes()}`;
  }

  endSession(): string {
    return `${this.#place.sessionCookie}=; Max-Age=0; ${this.#sessionAttributes()}`;
  }

  /** Names the browser, until it is closed. */
  browser(value: string): string {
    return `${this.ownName('curfew_browser')}=${value}; ${this.#secure()}HttpOnly; SameSite=Lax; Path=/`;
  }

  /**
   * Holds a sign-in that has gone to a provider. The answer of some comes as a form sent from another site, with which
   * browsers send only cookies that are said to cross sites; that takes TLS.
   */
  attempt(key: string, sealed: string, maxAgeMs: number): string {
    const maxAge = Math.floor(maxAgeMs / 1000);
    return `${this.ownName(`curfew_attempt_${key}`)}=${sealed}; Max-Age=${maxAge}; ${this.#attemptAttributes()}`;
  }

  endAttempt(cookieName: string): string {
    return `${cookieName}=; Max-Age=0; ${this.#attemptAttributes()}`;
  }

  #sessionAttributes(): string {
    const { cookieDomain } = this.#place;
    const domain = cookieDomain === undefined ? '' : `Domain=${cookieDomain}; `;
    return `${domain}${this.#secure()}HttpOnly; SameSite=Lax; Path=/`;
  }

  #attemptAttributes(): string {
    return this.#place.isSecure ? 'Secure; HttpOnly; SameSite=None; Path=/' : 'HttpOnly; Path=/';
  }

  #secure(): string {
    return this.#place.isSecure ? 'Secure; ' : '';
  }
}
