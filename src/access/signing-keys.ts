import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Sealer } from '../core/sealing.ts';
import type { Origin } from '../session/revocation.ts';
import type { RecordStore } from '../session/store.ts';
import { Serial } from './serial.ts';

/** A key that Curfew signs with, as it may be shown. */
export interface SigningKey {
  /** A UUID; the `kid` of what it signs. */
  readonly id: string;
  readonly algorithm: typeof algorithm;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds from which nothing that it signed is believed. */
  readonly expiresAt: number;
  /** What others check its signatures by (RFC 7517). */
  readonly publicJwk: JWK;
}

/** A key with its secret part, for whoever signs. Never handed to a caller. */
export interface SecretSigningKey extends SigningKey {
  readonly privateJwk: JWK;
}

/** As it is stored: the secret part is sealed, so that neither the database nor a backup gives it away. */
interface StoredSigningKey extends SigningKey {
  readonly sealedPrivateJwk: string;
}

/** ECDSA on P-256: short signatures that every library checks. */
const algorithm = 'ES256';
const day = 86_400_000;
const lifespanMs = 90 * day;
/** How long a key that was replaced is still believed: longer than anything lives that it has signed. */
const overlapMs = 60 * 60_000;

const recordId = 'signing-keys';

/**
 * The keys by which Curfew signs what it says of a session. One signs; those it replaced are kept until their end, so
 * that what they signed can still be checked. They lie in one record, so that two nodes cannot both replace one.
 */
export class SigningKeys {
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #changes = new Serial();
  readonly #sealer: Sealer;
  #keys: readonly StoredSigningKey[] = [];
  #version = 0;

  constructor(store: RecordStore, clock: Clock, sealer: Sealer) {
    this.#store = store;
    this.#clock = clock;
    this.#sealer = sealer;
  }

  /** Reads the keys from the store. */
  async load(): Promise<void> {
    const records = await this.#store.records('setting');
    const record = records.find(({ id }) => id === recordId);
    this.#keys = (record?.body as { keys: StoredSigningKey[] } | undefined)?.keys ?? [];
    this.#version = record?.version ?? 0;
  }

  /** The keys whose time is not over, the one that signs first. There is always one: the first is made when it is asked for. */
  async list(): Promise<SigningKey[]> {
    await this.signer();
    return this.#unexpired().map(shown);
  }

  /** The key to sign with. @throws CurfewError `store_unavailable` */
  async signer(): Promise<SecretSigningKey> {
    return this.#newest() ?? this.#changes.run(async () => this.#newest() ?? this.#replace(system, false));
  }

  /**
   * Makes a new key that signs from now on. The one before is believed for an hour at most.
   * @throws CurfewError `store_unavailable`
   */
  async rotate(origin: Origin): Promise<SigningKey> {
    return shown(await this.#changes.run(() => this.#replace(origin, true)));
  }

  async #replace(origin: Origin, isOrdered: boolean): Promise<SecretSigningKey> {
    const pair = await generateKeyPair(algorithm, { extractable: true });
    const [publicJwk, privateJwk] = await Promise.all([
      exportJWK(pair.publicKey),
      exportJWK(pair.privateKey),
    ]);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write({ publicJwk, privateJwk }, origin);
      } catch (error) {
        const isLate = error instanceof CurfewError && error.code === 'changed_meanwhile';
        if (!isLate || attempt === 5) throw error;
        await this.load();
        // Another node has made the first key meanwhile, and one is enough.
        const newest = this.#newest();
        if (!isOrdered && newest !== undefined) return newest;
      }
    }
  }

  async #write(
    jwks: Pick<SecretSigningKey, 'publicJwk' | 'privateJwk'>,
    origin: Origin,
  ): Promise<SecretSigningKey> {
    const now = this.#clock.now();
    const { publicJwk, privateJwk } = jwks;
    const shownPart = {
      id: newId(),
      algorithm,
      createdAt: now,
      expiresAt: now + lifespanMs,
      publicJwk,
    } as const;
    const key = { ...shownPart, sealedPrivateJwk: this.#sealer.seal(JSON.stringify(privateJwk)) };
    const former = this.#unexpired().map((one) => ({
      ...one,
      expiresAt: Math.min(one.expiresAt, now + overlapMs),
    }));
    const keys = [key, ...former];
    await this.#store.changeRecords({
      ...origin,
      writes: [{ kind: 'setting', id: recordId, body: { keys }, ifVersion: this.#version }],
      event: 'signing_key.created',
      detail: { keyId: key.id, algorithm, expiresAt: key.expiresAt, replaced: former[0]?.id ?? null },
      now,
    });
    this.#keys = keys;
    this.#version++;
    return { ...shownPart, privateJwk };
  }

  #unexpired(): StoredSigningKey[] {
    const now = this.#clock.now();
    return this.#keys.filter(({ expiresAt }) => expiresAt > now);
  }

  /** The key that signs. One sealed on another machine cannot, as after a restore without the key file. */
  #newest(): SecretSigningKey | undefined {
    const [newest] = this.#unexpired();
    const opened = newest === undefined ? undefined : this.#sealer.open(newest.sealedPrivateJwk);
    if (newest === undefined || opened === undefined) return undefined;
    return { ...shown(newest), privateJwk: JSON.parse(opened) as JWK };
  }
}

function shown({ id, algorithm: name, createdAt, expiresAt, publicJwk }: SigningKey): SigningKey {
  return { id, algorithm: name, createdAt, expiresAt, publicJwk };
}

const system: Origin = {
  by: { kind: 'system', id: 'signing keys', name: 'signing keys' },
  face: 'system',
};
