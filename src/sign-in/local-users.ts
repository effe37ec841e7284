import type { SignedInUser } from './provider.ts';

/** Who asks to be let in with a password that Curfew itself keeps. */
export interface LocalAttempt {
  readonly realm: string;
  readonly username: string;
  readonly password: string;
  readonly code?: string | undefined;
  readonly ip: string | undefined;
}

/** Curfew's own users of a realm, and its administrators. */
export interface LocalUsers {
  /**
   * @returns undefined when something is wrong, `code` when the password is right and a code must follow
   * @throws CurfewError `locked_out`, `rate_limited`, `store_unavailable`
   */
  verify(attempt: LocalAttempt): Promise<SignedInUser | 'code' | undefined>;
}
