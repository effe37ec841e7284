import { originOf } from './host.ts';
import type { OriginalRequest } from './original-request.ts';

/** The page that browsers are led to, as the configuration names it. */
export interface SignInPage {
  readonly url: string;
  /** The realm that it is for when none is named. */
  readonly realm: string;
}

/** Proxies have little room for a header and the sign-in carries it in a cookie, so a long address is shortened rather than not led to at all. */
const longestReturn = 1500;

/** The address that a person asked for, as far as it fits into a header. */
export function addressOf({ scheme, authority, target }: OriginalRequest): string {
  const origin = originOf(scheme, authority);
  const [path = '/'] = target.split('?', 1);
  return [origin + target, origin + path].find(({ length }) => length <= longestReturn) ?? `${origin}/`;
}

/**
 * The sign-in page that leads back to what was asked for. Undefined when there is no such page, or when it is itself what
 * was asked for: a proxy that asks about it would lead to it for ever.
 */
export function signInLink(
  page: SignInPage | undefined,
  original: OriginalRequest,
  wish: { readonly realm: string | undefined; readonly maxAgeMs?: number | undefined; readonly to?: string },
): string | undefined {
  if (page === undefined) return undefined;
  const url = new URL(page.url);
  const { scheme, authority, target } = original;
  const isThere = originOf(scheme, authority) === url.origin && target.startsWith(url.pathname);
  if (isThere && /^(?:[/?]|$)/.test(target.slice(url.pathname.length))) return undefined;
  url.searchParams.set('return', wish.to ?? addressOf(original));
  if (wish.realm !== undefined && wish.realm !== page.realm) url.searchParams.set('realm', wish.realm);
  if (wish.maxAgeMs !== undefined) url.searchParams.set('max_age', String(Math.floor(wish.maxAgeMs / 1000)));
  return url.href;
}
