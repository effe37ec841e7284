import { CurfewError } from '../core/errors.ts';
import { usernameForm } from './username.ts';

/** One of Curfew's own users, as everybody may see it who may see users at all; nothing secret is in it. */
export interface User {
  readonly realm: string;
  /** Unique in its realm; exact and case-sensitive, in Unicode's normal form C. */
  readonly username: string;
  readonly accessGroups: readonly string[];
  /** Facts that their sessions bear; texts only. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether they may sign in. */
  readonly enabled: boolean;
  /** The password was set by somebody else; a new one must be chosen at the next sign-in. */
  readonly mustChangePassword: boolean;
  /** Whether a code follows the password. */
  readonly hasTotp: boolean;
  readonly recoveryCodesLeft: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly passwordChangedAt: number;
}

/** A second factor as it is kept. */
export interface KeptTotp {
  readonly sealedSecret: string;
  /** The time step of the last code that was taken; it and those before are taken no more (RFC 6238 section 5.2). */
  readonly lastStep: number;
  /** SHA-256 in hex of the recovery codes not used yet. */
  readonly recoveryHashes: readonly string[];
}

/** A user with what is kept about them. */
export interface KeptUser {
  readonly user: User;
  readonly passwordHash: string;
  readonly totp: KeptTotp | undefined;
  readonly version: number;
}

export interface NewUser {
  readonly realm: string;
  readonly username: string;
  readonly password: string;
  /** True: they choose another at their first sign-in. */
  readonly mustChangePassword: boolean;
  readonly accessGroups?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** What may be changed; fields that are undefined stay. */
export interface UserChange {
  readonly accessGroups?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly enabled?: boolean | undefined;
}

/** @throws CurfewError `invalid_input` for a password that says the name again */
export function checkUserPassword(username: string, password: string): void {
  if (usernameForm(password).toLowerCase() !== username.toLowerCase()) return;
  const message = 'must not be the username';
  throw new CurfewError('invalid_input', `The password ${message}.`, {
    faults: [{ path: 'password', message }],
  });
}

export function noSuchUser(username: string): CurfewError {
  return new CurfewError(
    'not_found',
    `There is no user ${JSON.stringify(username)} within your reach; list them to see which there are.`,
  );
}
