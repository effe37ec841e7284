import { wildcard } from '../core/wildcard.ts';
import type { SignInSettings } from './settings.ts';

/** How browsers reach Curfew, and what follows from that. */
export interface PublicPlace {
  /** Scheme, host and port, such as `https://sso.example.org`. */
  readonly url: string;
  readonly isSecure: boolean;
  /** The cookie that holds a session's token; no other is looked at. */
  readonly sessionCookie: string;
  /** The cookie that holds the session of the console; it never leaves the host of `url`. */
  readonly consoleCookie: string;
  /** The domain that gets the session cookie; undefined = the host of `url` alone. */
  readonly cookieDomain: string | undefined;
  /** Where a browser may be led back to, as an absolute URL; undefined for any other place. */
  returnTo(wanted: string): string | undefined;
}

const plainName = 'curfew_session';
const plainConsoleName = 'curfew_console';
/** What a cookie can carry around, with all that is sealed beside it. */
const longestReturn = 1500;

/**
 * Reads where Curfew is reached from its settings.
 * @param fallback what is taken where `publicUrl` is not set
 */
export function publicPlace(
  { publicUrl, cookieDomain, returnTo }: Pick<SignInSettings, 'publicUrl' | 'cookieDomain' | 'returnTo'>,
  fallback: string,
): PublicPlace {
  const url = publicUrl ?? fallback;
  const { protocol, hostname } = new URL(url);
  const isSecure = protocol === 'https:';
  const mayReturn =
    returnTo === undefined ? reachedBy({ protocol, hostname, cookieDomain }) : listed(returnTo);
  return {
    url,
    isSecure,
    // RFC 6265bis section 4.1.3: browsers hold the promises that these prefixes make.
    sessionCookie: isSecure ? `__${cookieDomain === undefined ? 'Host' : 'Secure'}-${plainName}` : plainName,
    consoleCookie: isSecure ? `__Host-${plainConsoleName}` : plainConsoleName,
    cookieDomain,
    returnTo(wanted) {
      const target = readReturn(wanted, url);
      if (target === undefined) return undefined;
      return target.origin === url || mayReturn(target) ? target.href : undefined;
    },
  };
}

/**
 * The URL that a text means to every browser, or undefined when they might differ. Backslashes, blanks, control
 * characters and names before the host are read in more than one way, and no honest address has them.
 */
function readReturn(wanted: string, base: string): URL | undefined {
  if (wanted.length > longestReturn || !/^[\x21-\x5b\x5d-\x7e]+$/.test(wanted)) return undefined;
  const isPath = wanted.startsWith('/') && !wanted.startsWith('//');
  const isAbsolute = /^https?:\/\/[^/]/i.test(wanted);
  if (!(isPath || isAbsolute) || !URL.canParse(wanted, base)) return undefined;
  const url = new URL(wanted, base);
  if (url.username !== '' || url.password !== '') return undefined;
  return isAbsolute || url.origin === base ? url : undefined;
}

/** The hosts that the session cookie reaches; cookies do not tell ports apart. */
function reachedBy({
  protocol,
  hostname,
  cookieDomain,
}: {
  protocol: string;
  hostname: string;
  cookieDomain: string | undefined;
}): (target: URL) => boolean {
  return (target) =>
    target.protocol === protocol &&
    (target.hostname === hostname ||
      (cookieDomain !== undefined &&
        (target.hostname === cookieDomain || target.hostname.endsWith(`.${cookieDomain}`))));
}

function listed(patterns: readonly string[]): (target: URL) => boolean {
  const matchers = patterns.map((pattern) => wildcard(normalOrigin(pattern)));
  return ({ origin }) => matchers.some((matcher) => matcher.matches(origin));
}

/** A port that is the scheme's own is not part of an origin. */
function normalOrigin(pattern: string): string {
  return pattern.replace(/^(https:\/\/.*):443$/, '$1').replace(/^(http:\/\/.*):80$/, '$1');
}
