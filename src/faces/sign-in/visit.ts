import type { IncomingMessage } from 'node:http';
import { CurfewError } from '../../core/errors.ts';
import type { StoredSession } from '../../session/store.ts';
import type { Attempts } from '../../sign-in/attempt.ts';
import type { PublicPlace } from '../../sign-in/public-place.ts';
import type { FaceParts } from '../face.ts';
import type { ReadToken } from '../http/presented-token.ts';
import type { Answer } from './answer.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import type { CookieWriter } from './cookies.ts';
import type { FormSeal } from './form-seal.ts';
import type { Strings } from './strings.ts';

/** What the face works with. `realm` is the one that `/sign-in` is for when none is named. */
export interface SignInParts extends FaceParts {
  readonly place: PublicPlace;
  readonly readToken: ReadToken;
  readonly attempts: Attempts;
  readonly cookies: CookieWriter;
  readonly limit: AttemptLimit;
  readonly forms: FormSeal;
  readonly maxSignInAgeMs: number;
}

/** One request of a browser, or of a provider. */
export interface Visit {
  readonly parts: SignInParts;
  readonly request: IncomingMessage;
  /** As Curfew is reached, whatever host the request names. */
  readonly url: URL;
  /** The form of a POST; empty otherwise. */
  readonly form: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly strings: Strings;
  /** What stands in the path for the names in braces. */
  readonly path: Readonly<Record<string, string>>;
}

/** One place of the face. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Such as `/sign-in/{realm}/{provider}/callback`. */
  readonly path: string;
  /** Whether other sites may send requests here, as providers do. Every other POST must come from our own pages. */
  readonly takesForeign?: boolean;
  run(visit: Visit): Promise<Answer>;
}

/** One field of the form; several of a name, which our pages never send, are none. */
export function field({ form }: Pick<Visit, 'form'>, name: string): string {
  const values = form.getAll(name);
  return values.length === 1 ? (values[0] as string) : '';
}

/** The live session of the browser, in whichever realm. @param touch whether this is a use of it, which keeps it alive */
export async function sessionOf(
  { parts, request, ip }: Visit,
  { touch = false }: { touch?: boolean } = {},
): Promise<StoredSession | undefined> {
  const token = parts.readToken(request.rawHeaders);
  if (token === undefined) return undefined;
  const verdict = await parts.services.registry.check(token, { ip, touch });
  return verdict.live ? verdict.session : undefined;
}

/**
 * Notes that somebody was not let in, with the address by which others may slow them down. What was typed is not told: people type
 * passwords into the wrong field.
 */
export function logRefused({ parts, ip }: Visit, provider: string, reason: string): void {
  parts.log.info({ face: 'sign-in', provider, from: ip, reason }, 'a sign-in was refused');
}

/**
 * Holds off forms that another site makes a browser send. Every browser says where a form comes from, by
 * `Sec-Fetch-Site` or by `Origin`; what says nothing is refused.
 * @throws CurfewError `forbidden`
 */
export function demandOwnOrigin({ headers }: IncomingMessage, place: PublicPlace): void {
  const site = headers['sec-fetch-site'];
  if (site === undefined ? headers.origin === place.url : site === 'same-origin') return;
  throw new CurfewError('forbidden', 'This form was not sent from a page of Curfew.');
}

/** The value of `Location` for an absolute URL: of our own pages the path alone, so that the browser stays at the host it is at. */
export function locationOf(target: string, place: PublicPlace): string {
  return target.startsWith(`${place.url}/`) ? target.slice(place.url.length) : target;
}
