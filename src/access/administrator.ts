import { CurfewError } from '../core/errors.ts';
import type { Origin } from '../session/revocation.ts';
import type { Caller } from './caller.ts';
import { demandDistinctUsername, usernameForm } from './username.ts';

/** How an administrator proves who they are: by a password kept here, by a directory, or by an identity provider. */
export const authMethods = ['Cluster', 'Ldap', 'Idp'] as const;
export type AuthMethod = (typeof authMethods)[number];

/** An administrator as everybody may see it who may see administrators at all; the hash of the password is not in it. */
export interface Administrator {
  /** Never given to another, also after removal: sessions name their administrators by it. */
  readonly id: number;
  /** Unique among the administrators of one `authMethod`; exact and case-sensitive. */
  readonly username: string;
  readonly authMethod: AuthMethod;
  readonly accessGroups: readonly string[];
  /** The only realm they may reach, or null for every realm. */
  readonly realm: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface NewAdministrator {
  readonly username: string;
  /** `Cluster` unless said otherwise. */
  readonly authMethod?: AuthMethod | undefined;
  readonly accessGroups: readonly string[];
  readonly realm: string | null;
  /** Needed for `Cluster`, refused for the others. */
  readonly password?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** What may be changed; fields that are undefined stay. */
export interface AdministratorChange {
  readonly accessGroups?: readonly string[] | undefined;
  readonly realm?: string | null | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** Who orders a change, with which rights, and how that is recorded. */
export interface Order {
  readonly caller: Caller;
  readonly origin: Origin;
}

/** Whether somebody holds all rights in all realms and can prove it by a password kept here, whatever else is down. */
export function isMaster(administrator: Administrator): boolean {
  return (
    administrator.authMethod === 'Cluster' &&
    administrator.realm === null &&
    administrator.accessGroups.includes('administrator')
  );
}

/** @throws CurfewError `invalid_input` naming what is wrong with a new administrator */
export function checkNewAdministrator(input: NewAdministrator): void {
  const method = input.authMethod ?? 'Cluster';
  checkUsername(input.username, method);
  if (method === 'Cluster') {
    demandDistinctUsername(input.username);
    // Names of administrators are looked for as they are written.
    if (usernameForm(input.username) !== input.username)
      throw invalid('username', "must be in Unicode's normal form C; type its letters anew");
  }
  checkAccessGroups(input.accessGroups);
  if (method === 'Cluster' && input.password === undefined) {
    throw invalid('password', 'is missing: an administrator of Cluster signs in with a password kept here');
  }
  if (method !== 'Cluster' && input.password !== undefined) {
    throw invalid('password', `is not kept for an administrator of ${method}; leave it out`);
  }
}

/** @throws CurfewError `invalid_input` */
export function checkAccessGroups(groups: readonly string[]): void {
  if (groups.length === 0) {
    throw invalid(
      'accessGroups',
      'is empty: name at least one of administrator, clusterAdmins, read, or another',
    );
  }
  if (groups.some((group) => group.trim() === '')) throw invalid('accessGroups', 'holds an empty name');
}

function checkUsername(username: string, method: AuthMethod): void {
  if (username.trim() === '') throw invalid('username', 'is empty');
  if (username.length > 1024) throw invalid('username', 'is longer than 1024 characters');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(username)) throw invalid('username', 'holds a control character');
  // RFC 7617 section 2: a user-id with a colon cannot be sent by Basic.
  if (method === 'Cluster' && username.includes(':')) throw invalid('username', 'must not hold a colon');
}

function invalid(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `The administrator's ${path} ${message}.`, {
    faults: [{ path, message }],
  });
}
