import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { hashSecret, newKeySecret } from '../core/tokens.ts';
import type { RecordStore } from '../session/store.ts';
import type { Order } from './administrator.ts';
import { type Caller, type KeyScope, realmOf } from './caller.ts';

/** An application's key as it may be shown; its secret is kept nowhere, only the secret's SHA-256 is. */
export interface ApplicationKey {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** The only realm it reaches. */
  readonly realm: string;
  readonly scopes: readonly KeyScope[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** The name of who made it. */
  readonly createdBy: string;
  /** Epoch milliseconds from which it is refused, or null = it does not end by itself. */
  readonly expiresAt: number | null;
}

export interface NewKey {
  readonly name: string;
  readonly realm: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt?: number | null | undefined;
}

interface KeptKey {
  readonly key: ApplicationKey;
  /** SHA-256 of the secret in hex. */
  readonly secretHash: string;
  readonly version: number;
}

/**
 * The keys of applications: kept in the store, found from memory by the hash of their secret. How long a look-up takes
 * tells nothing of use: the hash of 256 random bits cannot be approached step by step.
 */
export class ApplicationKeys {
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #byId = new Map<string, KeptKey>();
  readonly #byHash = new Map<string, KeptKey>();

  constructor(store: RecordStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads every key from the store. */
  async load(): Promise<void> {
    const records = await this.#store.records('key');
    this.#byId.clear();
    this.#byHash.clear();
    for (const { body, version } of records) {
      const { secretHash, ...key } = body as ApplicationKey & { secretHash: string };
      this.#keep({ key, secretHash, version });
    }
  }

  /** Those whom a caller may see, the oldest first. */
  list(caller: Caller): ApplicationKey[] {
    const border = realmOf(caller);
    return [...this.#byId.values()]
      .map((kept) => kept.key)
      .filter((key) => border === null || key.realm === border)
      .sort((a, b) => a.createdAt - b.createdAt || (`${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1));
  }

  /** The key of a secret, or undefined when there is none or its time is over. */
  find(secret: string): ApplicationKey | undefined {
    const key = this.#byHash.get(hashSecret(secret).toString('hex'))?.key;
    if (key === undefined || (key.expiresAt !== null && key.expiresAt <= this.#clock.now())) return undefined;
    return key;
  }

  /** How often the record of a key was written; undefined when there is no such key or its time is over. */
  versionOf(id: string): number | undefined {
    const kept = this.#byId.get(id);
    const isOver = kept?.key.expiresAt != null && kept.key.expiresAt <= this.#clock.now();
    return isOver ? undefined : kept?.version;
  }

  /**
   * Makes a key. The secret is given here and never again.
   * @throws CurfewError `invalid_input`, `forbidden` for another realm than the caller's
   */
  async create(input: NewKey, order: Order): Promise<{ key: ApplicationKey; secret: string }> {
    const now = this.#clock.now();
    const border = realmOf(order.caller);
    if (border !== null && border !== input.realm) {
      throw new CurfewError(
        'forbidden',
        `You are bound to the realm ${JSON.stringify(border)} and cannot make a key for ${JSON.stringify(input.realm)}.`,
      );
    }
    checkKey(input, now);
    const secret = newKeySecret();
    const secretHash = hashSecret(secret).toString('hex');
    const { name, realm, expiresAt = null } = input;
    const scopes = [...new Set(input.scopes)];
    const createdBy = order.origin.by.name;
    const key: ApplicationKey = { id: newId(), name, realm, scopes, createdAt: now, createdBy, expiresAt };
    await this.#store.changeRecords({
      ...order.origin,
      writes: [{ kind: 'key', id: key.id, body: { ...key, secretHash }, ifVersion: 0 }],
      event: 'key.created',
      detail: { keyId: key.id, name, realm, scopes, expiresAt },
      now,
    });
    this.#keep({ key, secretHash, version: 1 });
    return { key, secret };
  }

  /** Revokes a key: from then on it is nobody's. @throws CurfewError `not_found` also for one of another realm */
  async revoke(id: string, order: Order): Promise<ApplicationKey> {
    const kept = this.#byId.get(id);
    const border = realmOf(order.caller);
    if (kept === undefined || (border !== null && kept.key.realm !== border)) {
      throw new CurfewError(
        'not_found',
        `There is no key ${id} within your reach; list the keys to see which there are.`,
      );
    }
    const { name, realm, scopes } = kept.key;
    await this.#store.changeRecords({
      ...order.origin,
      writes: [{ kind: 'key', id, body: undefined, ifVersion: kept.version }],
      event: 'key.revoked',
      detail: { keyId: id, name, realm, scopes },
      now: this.#clock.now(),
    });
    this.#byId.delete(id);
    this.#byHash.delete(kept.secretHash);
    return kept.key;
  }

  #keep(kept: KeptKey): void {
    this.#byId.set(kept.key.id, kept);
    this.#byHash.set(kept.secretHash, kept);
  }
}

function checkKey(input: NewKey, now: number): void {
  const fault = faultOf(input, now);
  if (fault === undefined) return;
  const [path, message] = fault;
  throw new CurfewError('invalid_input', `The key's ${path} ${message}.`, { faults: [{ path, message }] });
}

function faultOf(input: NewKey, now: number): [path: string, message: string] | undefined {
  if (input.name.trim() === '') return ['name', 'is empty'];
  if (input.realm.trim() === '') return ['realm', 'is empty'];
  if (input.scopes.length === 0) return ['scopes', 'are empty: a key without scopes may do nothing'];
  if (typeof input.expiresAt === 'number' && input.expiresAt <= now) return ['expiresAt', 'lies in the past'];
  return undefined;
}
