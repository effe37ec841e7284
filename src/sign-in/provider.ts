import type { StoredSession } from '../session/store.ts';

/** The ways in which Curfew itself lets users sign in. */
export const providerTypes = ['basic', 'ldap', 'oidc', 'saml'] as const;
export type ProviderType = (typeof providerTypes)[number];

/** A user whom a provider has just authenticated, and what it vouches for. */
export interface SignedInUser {
  readonly username: string;
  /** The provider's own id of the user. Absent when the provider gives none that lasts, as a transient NameID. */
  readonly subject?: string | undefined;
  readonly accessGroups: readonly string[];
  /** The administrators that the user is, when the provider knows them itself; only `basic` does. */
  readonly adminIds?: readonly number[] | undefined;
  /**
   * Everything the provider says of the user, by the provider's own names: claims of OpenID Connect, attributes of SAML
   * with `NameID`, of LDAP `dn` and `group` (the DNs of all groups). Administrators are told by it; it is not kept.
   */
  readonly claims?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Facts that the session keeps; texts only. Beside those of the provider's settings: `acr`, `amr` (joined with
   * spaces), `authTime` (an ISO instant), `sid` of OpenID Connect and `sessionIndex` of SAML, where they are known.
   */
  readonly attributes: Readonly<Record<string, string>>;
  /** The instant at which the provider itself lets the session end, epoch milliseconds. */
  readonly endsAt?: number | undefined;
  /** The provider's own key of its session, `sid` or SessionIndex: what a received logout names it by. */
  readonly providerSession?: string | undefined;
  /**
   * The provider's id of its answer, which must make one session only. Whoever registers the session takes it as
   * idempotency key with a request of its own each time, so that a second registration is refused by the store: over
   * restarts and on every node.
   */
  readonly answerId?: string | undefined;
}

/** What every provider is, however its users sign in. */
interface ProviderFacts {
  readonly type: ProviderType;
  /** Unique in its realm; also the `provider.name` of its sessions. */
  readonly name: string;
  readonly realm: string;
  /** What the chooser of the sign-in page calls it. */
  readonly title: string;
  /** 1 when made, one more with each change; sessions bear it. */
  readonly configVersion: number;
  /** Tries the provider as a sign-in would, as far as that goes without a user. @throws CurfewError that says what fails */
  test(): Promise<ProviderTest>;
  /** What the provider says of a session's user now; undefined when it does not know the user or cannot be asked. */
  read?(session: StoredSession): Promise<SignedInUser | undefined>;
  /** Gives back its connections. */
  close(): Promise<void>;
}

/** What trying a provider brought to light, a line for each step that worked, such as `bound as cn=curfew,dc=example`. */
export interface ProviderTest {
  readonly steps: readonly string[];
}

/** The user types name and password into Curfew's own page. */
export interface PasswordProvider extends ProviderFacts {
  readonly flow: 'password';
  /**
   * @returns undefined when name or password are wrong, without saying which, in a time that does not tell either; a
   * challenge when they are right and something more must follow
   * @throws CurfewError `provider_unavailable` when the provider cannot be asked, `locked_out`, `rate_limited`
   */
  verify(attempt: PasswordAttempt): Promise<SignedInUser | Challenge | undefined>;
  /**
   * Goes on with a sign-in after a challenge; present where `verify` gives some.
   * @returns undefined when the code is wrong
   * @throws CurfewError as `verify`; `invalid_input` when the new password is no good; `sign_in_refused` when the user
   * has changed since, so that the sign-in must begin anew
   */
  answer?(answer: ChallengeAnswer): Promise<SignedInUser | Challenge | undefined>;
}

export interface PasswordAttempt {
  readonly username: string;
  readonly password: string;
  /** The address of the client. */
  readonly ip: string | undefined;
}

/** What must follow a password that was right. */
export interface Challenge {
  /** The code of a second factor, or a new password in place of one that somebody else has set. */
  readonly needs: 'code' | 'newPassword';
  /** What `answer` must be given again. It goes around with the browser, sealed; the password is not in it. */
  readonly remembered: Readonly<Record<string, string>>;
}

export interface ChallengeAnswer {
  readonly remembered: Readonly<Record<string, string>>;
  readonly code?: string | undefined;
  readonly newPassword?: string | undefined;
  readonly ip: string | undefined;
}

/** Whether a user must still do something before they are signed in. */
export function isChallenge(outcome: SignedInUser | Challenge): outcome is Challenge {
  return 'needs' in outcome;
}

/** The user is sent to the provider's own pages and comes back with its answer. */
export interface RedirectProvider extends ProviderFacts {
  readonly flow: 'redirect';
  begin(start: SignInStart): Promise<SignInRequest>;
  /**
   * Reads what the provider sent back.
   * @throws CurfewError `sign_in_refused` when the answer is not one to this request, is forged, replayed or refused
   */
  finish(answer: ProviderAnswer): Promise<SignedInUser>;
  /** Where the browser goes to end the provider's own session too; undefined when the provider has no such place. */
  logoutUrl?(session: StoredSession, returnTo: string): Promise<string | undefined>;
  /**
   * Reads a message of the provider that ends sessions: an OpenID Connect logout token, a SAML LogoutRequest. Also the
   * provider's answer to a logout that began here, which ends nothing: then only `answer` is there.
   * @throws CurfewError `sign_in_refused` when it is not the provider's, or not meant for Curfew
   */
  receiveLogout?(message: ProviderAnswer): Promise<ReceivedLogout>;
  /** The document by which the provider is told of Curfew, such as the metadata of a SAML service provider. */
  metadata?(): Promise<{ readonly body: string; readonly mediaType: string }>;
}

export interface SignInStart {
  /** Where the provider sends the browser back to: an absolute URL of Curfew's. */
  readonly callbackUrl: string;
  /** The user must authenticate anew, whatever session the provider still has. */
  readonly forceAuthentication?: boolean | undefined;
  /** The user must have authenticated at most so many seconds ago. */
  readonly maxAgeSeconds?: number | undefined;
}

export interface SignInRequest {
  /** Where the browser is sent. */
  readonly location: string;
  /** What `finish` must be given again, such as a nonce. It goes around with the browser, sealed. */
  readonly remembered: Readonly<Record<string, string>>;
}

/** A request that came from a provider, by the browser or directly. */
export interface ProviderAnswer {
  /** The absolute URL as Curfew is reached, with its query. */
  readonly url: URL;
  /** The form in the body of a POST; empty otherwise. */
  readonly form: URLSearchParams;
  /** What `begin` gave; empty for messages that no sign-in began. */
  readonly remembered: Readonly<Record<string, string>>;
}

/** Whose sessions a provider has ended. With neither `subject` nor `sessionKeys`, nobody's. */
export interface ReceivedLogout {
  readonly subject?: string | undefined;
  /** The `sid` of OpenID Connect, or the SessionIndexes of SAML. */
  readonly sessionKeys?: readonly string[] | undefined;
  /**
   * The message itself, which must be carried out once only: its id, and the instant from which it would be refused as
   * too old. Carried out again, it would end sessions that were made since.
   */
  readonly message?: { readonly id: string; readonly endsAt: number } | undefined;
  /** What is sent back to whoever asked: a redirect, or a body with its media type. */
  readonly answer: { readonly location: string } | { readonly body: string; readonly mediaType: string };
}

export type SignInProvider = PasswordProvider | RedirectProvider;
