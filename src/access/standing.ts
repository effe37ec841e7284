import type { Registry } from '../session/registry.ts';
import type { Access } from './access.ts';
import { type Caller, realmOf } from './caller.ts';
import { holds, type Permission } from './permissions.ts';

/** What has become of a caller who stays connected. */
export type Lapse = 'session_ended' | 'rights_changed';

export interface StandingOptions {
  readonly access: Pick<Access, 'administrators' | 'keys' | 'callerOfSession'>;
  readonly registry: Pick<Registry, 'ledger' | 'find'>;
  /** What the caller must go on to hold. */
  readonly permission: Permission;
  /** How long an answer may be old that the ledger alone does not give, in milliseconds. */
  readonly ageMs?: number;
}

/**
 * Whether whoever was let in once may stay: a caller who keeps a connection open shows their credentials only at its start.
 * To stay is no use of the session, so it neither keeps the session alive nor counts as a refused use once it has ended.
 */
export class Standing {
  readonly #caller: Caller;
  readonly #options: StandingOptions;
  readonly #version: number | undefined;
  #askedAt: number;

  constructor(caller: Caller, options: StandingOptions) {
    this.#caller = caller;
    this.#options = options;
    this.#version = this.#recordVersion();
    this.#askedAt = performance.now();
  }

  /** What has become of the caller, or undefined while they may stay. Cuts count at once. @throws CurfewError `store_unavailable` */
  async lapse(): Promise<Lapse | undefined> {
    const caller = this.#caller;
    const session = 'session' in caller ? caller.session : undefined;
    if (session === undefined) return this.#isWhoTheyWere() ? undefined : 'rights_changed';
    const { registry, access, ageMs = 1000 } = this.#options;
    const now = performance.now();
    // The ledger judges the session as it was: what it says is certain only of the session as it is.
    if (registry.ledger.judge(session) === undefined && now - this.#askedAt < ageMs) return undefined;
    const found = await registry.find(session.id);
    this.#askedAt = now;
    if (found === undefined || found.ended !== undefined) return 'session_ended';
    return this.#isSame(access.callerOfSession(found)) ? undefined : 'rights_changed';
  }

  /** A caller by password or key: the record must be as it was, since with it the credentials may have changed. */
  #isWhoTheyWere(): boolean {
    return this.#recordVersion() === this.#version && holds(this.#caller, this.#options.permission);
  }

  #recordVersion(): number | undefined {
    const { administrators, keys } = this.#options.access;
    switch (this.#caller.kind) {
      case 'administrator':
        return administrators.byId(this.#caller.adminId)?.version;
      case 'key':
        return keys.versionOf(this.#caller.keyId);
      default:
        return undefined;
    }
  }

  #isSame(now: Caller): boolean {
    return (
      now.kind === this.#caller.kind &&
      realmOf(now) === realmOf(this.#caller) &&
      holds(now, this.#options.permission) &&
      groupsText(now) === groupsText(this.#caller)
    );
  }
}

function groupsText(caller: Caller): string {
  return caller.kind === 'administrator' ? [...caller.accessGroups].sort().join('\n') : '';
}
