import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { RecordStore, RecordWrite } from '../session/store.ts';
import {
  type Administrator,
  type AdministratorChange,
  type AuthMethod,
  checkAccessGroups,
  checkNewAdministrator,
  isMaster,
  type NewAdministrator,
  type Order,
} from './administrator.ts';
import { canSee, demandGrant, demandPowerOver, noSuchAdministrator } from './borders.ts';
import type { Caller } from './caller.ts';
import { hashPassword } from './passwords.ts';
import { Serial } from './serial.ts';

/** An administrator with what is kept about them. */
export interface KeptAdministrator {
  readonly administrator: Administrator;
  readonly passwordHash: string | undefined;
  readonly version: number;
}

/** Two nodes that change who there is at the same time both write this record, so that one of them is refused. */
const rosterId = 'administrators';
const mostAttempts = 5;

/**
 * Who administers Curfew: kept in the store, read from memory. Every change is checked against the rights of whoever
 * orders it, see `borders.ts`.
 */
export class Administrators {
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #kept = new Map<number, KeptAdministrator>();
  readonly #changes = new Serial();
  #roster = { version: 0, lastId: 0 };

  constructor(store: RecordStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads every administrator from the store. */
  async load(): Promise<void> {
    // Read first: a change that comes in between is then refused for the roster's version, however new the list is.
    const roster = await this.#store.record('counter', rosterId);
    const administrators = await this.#store.records('administrator');
    const { lastId } = (roster?.body ?? { lastId: 0 }) as { lastId: number };
    this.#roster = { version: roster?.version ?? 0, lastId };
    this.#kept.clear();
    for (const { body, version } of administrators) {
      const { passwordHash, ...administrator } = body as Administrator & { passwordHash?: string };
      this.#kept.set(administrator.id, { administrator, passwordHash, version });
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#kept.size;
  }

  /** Those whom a caller may see, by ascending id. */
  list(caller: Caller): Administrator[] {
    return [...this.#kept.values()]
      .map((kept) => kept.administrator)
      .filter((administrator) => canSee(caller, administrator.realm))
      .sort((a, b) => a.id - b.id);
  }

  /** @throws CurfewError `not_found` also when the caller may not see them */
  get(id: number, caller: Caller): Administrator {
    const kept = this.#kept.get(id);
    if (kept === undefined || !canSee(caller, kept.administrator.realm)) throw noSuchAdministrator(id);
    return kept.administrator;
  }

  /** One by number, for the parts of Curfew that ask on nobody's behalf. */
  byId(id: number): KeptAdministrator | undefined {
    return this.#kept.get(id);
  }

  /** One by name, for the parts of Curfew that ask on nobody's behalf. */
  byName(username: string, authMethod: AuthMethod = 'Cluster'): KeptAdministrator | undefined {
    for (const kept of this.#kept.values()) {
      const { administrator } = kept;
      if (administrator.username === username && administrator.authMethod === authMethod) return kept;
    }
    return undefined;
  }

  /**
   * Makes an administrator.
   * @throws CurfewError `invalid_input`, `forbidden`, `conflict` when the name is taken, `changed_meanwhile`
   */
  async create(input: NewAdministrator, order: Order): Promise<Administrator> {
    checkNewAdministrator(input);
    demandGrant(order.caller, input.accessGroups, input.realm);
    const passwordHash = input.password === undefined ? undefined : await hashPassword(input.password);
    return this.#changeRoster(async () => {
      const authMethod = input.authMethod ?? 'Cluster';
      this.#demandFreeName(input.username, authMethod);
      const administrator: Administrator = {
        id: this.#roster.lastId + 1,
        username: input.username,
        authMethod,
        accessGroups: [...new Set(input.accessGroups)],
        realm: input.realm,
        attributes: input.attributes ?? {},
        createdAt: this.#clock.now(),
      };
      await this.#write({ administrator, passwordHash, version: 0 }, 'administrator.created', order, true);
      return administrator;
    });
  }

  /**
   * Changes access groups, realm or attributes.
   * @throws CurfewError `not_found`, `invalid_input`, `forbidden`, `conflict` for the last who holds all rights,
   * `changed_meanwhile`
   */
  update(id: number, change: AdministratorChange, order: Order): Promise<Administrator> {
    return this.#changeRoster(async () => {
      const kept = this.#demand(id, order.caller);
      const before = kept.administrator;
      const administrator: Administrator = {
        ...before,
        accessGroups:
          change.accessGroups === undefined ? before.accessGroups : [...new Set(change.accessGroups)],
        realm: change.realm === undefined ? before.realm : change.realm,
        attributes: change.attributes ?? before.attributes,
      };
      checkAccessGroups(administrator.accessGroups);
      demandGrant(order.caller, administrator.accessGroups, administrator.realm);
      if (isMaster(before) && !isMaster(administrator)) this.#demandOtherMaster(id);
      await this.#write({ ...kept, administrator }, 'administrator.changed', order, true);
      return administrator;
    });
  }

  /** @throws CurfewError `not_found`, `forbidden`, `invalid_input`, `changed_meanwhile` */
  async setPassword(id: number, password: string, order: Order): Promise<void> {
    const method = this.#demandPassword(id, order.caller).authMethod;
    if (method !== 'Cluster') {
      throw new CurfewError(
        'invalid_input',
        `The administrator ${id} signs in by ${method}; the password is kept there, change it there.`,
      );
    }
    const passwordHash = await hashPassword(password);
    await this.#changes.run(async () => {
      this.#demandPassword(id, order.caller);
      const kept = this.#kept.get(id) as KeptAdministrator;
      await this.#write({ ...kept, passwordHash }, 'administrator.password_changed', order, false);
    });
  }

  /** @throws CurfewError `not_found`, `forbidden`, `conflict` for the last who holds all rights, `changed_meanwhile` */
  remove(id: number, order: Order): Promise<Administrator> {
    return this.#changeRoster(async () => {
      const kept = this.#demand(id, order.caller);
      if (isMaster(kept.administrator)) this.#demandOtherMaster(id);
      await this.#write(kept, 'administrator.removed', order, true);
      return kept.administrator;
    });
  }

  #demand(id: number, caller: Caller): KeptAdministrator {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw noSuchAdministrator(id);
    demandPowerOver(caller, kept.administrator);
    return kept;
  }

  /** Everybody may change their own password; that of another takes power over them. */
  #demandPassword(id: number, caller: Caller): Administrator {
    const own = caller.kind === 'administrator' && caller.adminId === id;
    return own ? this.get(id, caller) : this.#demand(id, caller).administrator;
  }

  #demandFreeName(username: string, authMethod: AuthMethod): void {
    if (this.byName(username, authMethod) === undefined) return;
    throw new CurfewError(
      'conflict',
      `There is an administrator ${JSON.stringify(username)} of ${authMethod} already; choose another name.`,
    );
  }

  #demandOtherMaster(id: number): void {
    for (const { administrator } of this.#kept.values()) {
      if (administrator.id !== id && isMaster(administrator)) return;
    }
    throw new CurfewError(
      'conflict',
      'This is the last administrator with a password who holds administrator for all realms; without them nobody could administer Curfew. Make another first.',
    );
  }

  /** Runs a change of who there is; when another node was faster, reads anew and decides anew. */
  #changeRoster<T>(change: () => Promise<T>): Promise<T> {
    return this.#changes.run(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await change();
        } catch (error) {
          const isLate = error instanceof CurfewError && error.code === 'changed_meanwhile';
          if (!isLate || attempt === mostAttempts) throw error;
          await this.load();
        }
      }
    });
  }

  async #write(
    next: KeptAdministrator,
    event: AdministratorEvent,
    order: Order,
    roster: boolean,
  ): Promise<void> {
    const { administrator, passwordHash, version } = next;
    const { id, username, authMethod, accessGroups, realm } = administrator;
    const removed = event === 'administrator.removed';
    const body = { ...administrator, ...(passwordHash === undefined ? {} : { passwordHash }) };
    const lastId = Math.max(this.#roster.lastId, id);
    const writes: RecordWrite[] = [
      { kind: 'administrator', id: String(id), body: removed ? undefined : body, ifVersion: version },
    ];
    if (roster) {
      writes.push({ kind: 'counter', id: rosterId, body: { lastId }, ifVersion: this.#roster.version });
    }
    await this.#store.changeRecords({
      ...order.origin,
      writes,
      event,
      detail: { adminId: id, username, authMethod, accessGroups, realm },
      now: this.#clock.now(),
    });
    if (roster) this.#roster = { version: this.#roster.version + 1, lastId };
    if (removed) this.#kept.delete(id);
    else this.#kept.set(id, { ...next, version: version + 1 });
  }
}

type AdministratorEvent =
  | 'administrator.created'
  | 'administrator.changed'
  | 'administrator.password_changed'
  | 'administrator.removed';
