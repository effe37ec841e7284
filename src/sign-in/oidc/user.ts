import type { IDToken } from 'openid-client';
import { CurfewError } from '../../core/errors.ts';
import { accessGroupsOf } from '../mapping.ts';
import type { SignedInUser } from '../provider.ts';
import { allTextsOf, type Claims, textsOf } from './claims.ts';
import type { OidcSettings } from './settings.ts';

/** Claims that bind a token to one exchange and say nothing of the user. */
const exchangeClaims: ReadonlySet<string> = new Set([
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'jti',
  'iat',
  'exp',
  'nbf',
]);

/** The claims that the session's facts are taken from come from the ID token alone, which is signed. */
export interface UserClaims {
  readonly idToken: IDToken;
  /** What the userinfo endpoint said, of the same subject. */
  readonly userinfo?: Claims | undefined;
}

/**
 * The user whom claims speak of.
 * @throws CurfewError `sign_in_refused` naming the claim that is missing or cannot be taken
 */
export function userOf({ idToken, userinfo = {} }: UserClaims, settings: OidcSettings): SignedInUser {
  const claims: Claims = { ...userinfo, ...idToken };
  const username = usernameOf(claims, settings.usernameClaim);
  const subject = demandName(idToken.sub, 'sub');
  const { sid } = idToken;
  const providerSession =
    typeof sid === 'string' && isName(sid) && Buffer.byteLength(sid) <= 512 ? sid : undefined;
  const told = Object.entries(claims).filter(([name]) => !exchangeClaims.has(name));
  return {
    username,
    subject,
    accessGroups: accessGroupsOf(textsOf(claims, settings.groupsClaim), settings),
    claims: allTextsOf(Object.fromEntries(told)),
    attributes: { ...attributesOf(claims, settings), ...factsOf(idToken) },
    ...(providerSession === undefined ? {} : { providerSession }),
    ...endOf(idToken),
  };
}

function usernameOf(claims: Claims, claim: string): string {
  const [name] = textsOf(claims, claim);
  if (name === undefined) {
    throw refused(
      `the issuer tells no claim ${claim}, which is to be the username; add its scope, or set usernameClaim to a claim that it tells`,
    );
  }
  // An address that nobody has shown to be theirs would let them take the name of another.
  if (claim === 'email' && claims.email_verified === false) {
    throw refused("the user's email address is not verified, so it cannot be the username");
  }
  return demandName(name, claim);
}

/** What the session keeps of the authentication itself (OpenID Connect Core section 2). */
function factsOf({ acr, amr, auth_time: authTime, sid }: IDToken): Record<string, string> {
  return {
    ...(typeof acr === 'string' ? { acr } : {}),
    ...(Array.isArray(amr) && amr.length > 0 ? { amr: amr.map(String).join(' ') } : {}),
    ...(typeof authTime === 'number' ? { authTime: new Date(authTime * 1000).toISOString() } : {}),
    ...(typeof sid === 'string' ? { sid } : {}),
  };
}

function attributesOf(claims: Claims, { attributes }: OidcSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([attribute, claim]) => {
      const values = textsOf(claims, claim);
      return values.length === 0 ? [] : [[attribute, values.join(' ').slice(0, 4096)]];
    }),
  );
}

/** OpenID Connect Enterprise Extensions: `session_expiry`, the seconds since 1970 at which the session must end. */
function endOf({ session_expiry: expiry }: IDToken): { endsAt?: number } {
  if (expiry === undefined) return {};
  if (typeof expiry !== 'number' || !Number.isFinite(expiry)) throw refused('session_expiry is no number');
  return { endsAt: Math.floor(expiry * 1000) };
}

function demandName(name: string, claim: string): string {
  if (isName(name)) return name;
  throw refused(`the claim ${claim} is empty, longer than 1024 letters, or holds control characters`);
}

/** Only such names can be kept, and named by a selector. */
function isName(name: string): boolean {
  return name !== '' && name.length <= 1024 && !/[\p{Cc}\p{Cs}]/u.test(name);
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The sign-in is refused: ${reason}.`);
}
