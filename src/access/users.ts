import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { Origin } from '../session/revocation.ts';
import type { RecordStore, StoredRecord } from '../session/store.ts';
import { hashPassword } from './passwords.ts';
import {
  checkUserPassword,
  type KeptTotp,
  type KeptUser,
  type NewUser,
  noSuchUser,
  type User,
  type UserChange,
} from './user.ts';
import { demandDistinctUsername, usernameForm } from './username.ts';

type UserEvent =
  | 'user.created'
  | 'user.changed'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.password_changed'
  | 'user.factor_set'
  | 'user.factor_removed'
  | 'user.recovery_codes_made'
  | 'user.code_used'
  | 'user.recovery_code_used'
  | 'user.removed';

/** As it is stored. */
interface StoredUser extends Omit<User, 'hasTotp' | 'recoveryCodesLeft'> {
  readonly passwordHash: string;
  readonly totp?: KeptTotp;
}

const mostAttempts = 5;

/**
 * Curfew's own users, of every realm. There may be very many, so they are not kept in memory: each is read when it is
 * asked for, which also gives what another node has written. Ending their sessions is not done here.
 */
export class Users {
  readonly #store: RecordStore;
  readonly #clock: Clock;

  constructor(store: RecordStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** One user, or undefined. */
  async find(realm: string, username: string): Promise<KeptUser | undefined> {
    const record = await this.#store.record('user', idOf(realm, username));
    return record === undefined ? undefined : keptUser(record);
  }

  /** @throws CurfewError `not_found` */
  async get(realm: string, username: string): Promise<KeptUser> {
    const kept = await this.find(realm, username);
    if (kept === undefined) throw noSuchUser(username);
    return kept;
  }

  /** Users of a realm in the order of their names: those that begin with a prefix, and come after a name, when these are given. */
  async list(
    realm: string,
    { prefix = '', after, limit }: { prefix?: string | undefined; after?: string | undefined; limit: number },
  ): Promise<User[]> {
    const records = await this.#store.recordPage({
      kind: 'user',
      prefix: prefixOf(realm) + usernameForm(prefix),
      limit,
      ...(after === undefined ? {} : { after: idOf(realm, after) }),
    });
    return records.map((record) => keptUser(record).user);
  }

  /** @throws CurfewError `invalid_input` for the name or the password, `conflict` when the name is taken */
  async create(input: NewUser, origin: Origin): Promise<User> {
    demandDistinctUsername(input.username);
    const username = usernameForm(input.username);
    const { realm, password, mustChangePassword, accessGroups = [], attributes = {} } = input;
    checkUserPassword(username, password);
    const passwordHash = await hashPassword(password);
    if ((await this.find(realm, username)) !== undefined) throw taken(username);
    const now = this.#clock.now();
    const user: User = {
      realm,
      username,
      accessGroups: [...new Set(accessGroups)],
      attributes,
      enabled: true,
      mustChangePassword,
      hasTotp: false,
      recoveryCodesLeft: 0,
      createdAt: now,
      passwordChangedAt: now,
    };
    await this.#write({ user, passwordHash, totp: undefined, version: 0 }, 'user.created', origin).catch(
      (error: unknown) => {
        throw isLate(error) ? taken(username) : error;
      },
    );
    return user;
  }

  /** @throws CurfewError `not_found`, `changed_meanwhile` */
  update(realm: string, username: string, change: UserChange, origin: Origin): Promise<User> {
    return this.retried(async () => {
      const kept = await this.get(realm, username);
      const before = kept.user;
      const user: User = {
        ...before,
        accessGroups:
          change.accessGroups === undefined ? before.accessGroups : [...new Set(change.accessGroups)],
        attributes: change.attributes ?? before.attributes,
        enabled: change.enabled ?? before.enabled,
      };
      const isSwitch = user.enabled !== before.enabled;
      const event = isSwitch ? (user.enabled ? 'user.enabled' : 'user.disabled') : 'user.changed';
      return (await this.#write({ ...kept, user }, event, origin)).user;
    });
  }

  /**
   * Runs a change that reads the user first; when somebody else was faster, such as the user by signing in, it reads and
   * decides anew. Whoever disables a user must not be turned away by that.
   */
  async retried<T>(change: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await change();
      } catch (error) {
        if (!isLate(error) || attempt === mostAttempts) throw error;
      }
    }
  }

  /**
   * @param mustChange whether the user chooses another at the next sign-in
   * @throws CurfewError `not_found`, `invalid_input`, `changed_meanwhile`
   */
  async setPassword(
    kept: KeptUser,
    password: string,
    { mustChange, origin }: { mustChange: boolean; origin: Origin },
  ): Promise<KeptUser> {
    checkUserPassword(kept.user.username, password);
    const passwordHash = await hashPassword(password);
    const user = { ...kept.user, mustChangePassword: mustChange, passwordChangedAt: this.#clock.now() };
    return this.#write({ ...kept, user, passwordHash }, 'user.password_changed', origin);
  }

  /**
   * Sets, replaces or with undefined removes the second factor. The version that was read must still be the present one,
   * so that of two uses of one code only one passes.
   * @throws CurfewError `changed_meanwhile`
   */
  setTotp(
    kept: KeptUser,
    totp: KeptTotp | undefined,
    event: Extract<UserEvent, `user.factor_${string}` | 'user.code_used' | `user.recovery_code${string}`>,
    origin: Origin,
  ): Promise<KeptUser> {
    return this.#write({ ...kept, totp }, event, origin);
  }

  /** @throws CurfewError `not_found`, `changed_meanwhile` */
  remove(realm: string, username: string, origin: Origin): Promise<User> {
    return this.retried(async () => {
      const kept = await this.get(realm, username);
      await this.#write(kept, 'user.removed', origin);
      return kept.user;
    });
  }

  async #write(kept: KeptUser, event: UserEvent, origin: Origin): Promise<KeptUser> {
    const { passwordHash, totp, version } = kept;
    const { hasTotp: _has, recoveryCodesLeft: _left, ...user } = kept.user;
    const { realm, username, accessGroups, enabled } = user;
    const body: StoredUser = { ...user, passwordHash, ...(totp === undefined ? {} : { totp }) };
    const id = idOf(realm, username);
    await this.#store.changeRecords({
      ...origin,
      writes: [{ kind: 'user', id, body: event === 'user.removed' ? undefined : body, ifVersion: version }],
      event,
      detail: { realm, username, accessGroups, enabled },
      now: this.#clock.now(),
    });
    return keptUser({ kind: 'user', id, body, version: version + 1 });
  }
}

/** A slash ends the realm, which holds none in this form; names need no form, for they are the rest. */
function prefixOf(realm: string): string {
  return `${encodeURIComponent(realm)}/`;
}

function idOf(realm: string, username: string): string {
  return prefixOf(realm) + usernameForm(username);
}

function keptUser({ body, version }: StoredRecord): KeptUser {
  const { passwordHash, totp, ...user } = body as StoredUser;
  return {
    user: { ...user, hasTotp: totp !== undefined, recoveryCodesLeft: totp?.recoveryHashes.length ?? 0 },
    passwordHash,
    totp,
    version,
  };
}

function isLate(error: unknown): boolean {
  return error instanceof CurfewError && error.code === 'changed_meanwhile';
}

function taken(username: string): CurfewError {
  return new CurfewError(
    'conflict',
    `There is a user ${JSON.stringify(username)} in this realm already; choose another name.`,
  );
}
