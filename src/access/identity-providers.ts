import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { RecordStore, RecordWrite } from '../session/store.ts';
import type { Order } from './administrator.ts';
import { type Caller, realmOf } from './caller.ts';
import {
  checkMetadata,
  type IdentityProvider,
  type IdentityProviderChange,
  type NewIdentityProvider,
  noSuchIdentityProvider,
} from './identity-provider.ts';
import type { ProviderCertificates } from './provider-certificates.ts';
import { decidingAmongProviders } from './provider-names.ts';
import { Serial } from './serial.ts';

interface Kept {
  readonly provider: IdentityProvider;
  /** The private key of its certificate; absent where it was made before keys were kept here. */
  readonly sealedKey?: string | undefined;
  readonly version: number;
}

type Event =
  | 'identity_provider.created'
  | 'identity_provider.changed'
  | 'identity_provider.enabled'
  | 'identity_provider.disabled'
  | 'identity_provider.removed';

/** The identity providers of every realm: kept in the store, read from memory. Ending sessions is not done here. */
export class IdentityProviders {
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #changes = new Serial();

  constructor(store: RecordStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads every identity provider from the store. */
  async load(): Promise<void> {
    const records = await this.#store.records('provider');
    this.#kept.clear();
    for (const { body, version } of records) {
      // Those that are not administered as Element does say where they are set up, and belong to the sign-in.
      if (typeof body === 'object' && body !== null && 'source' in body) continue;
      const { sealedKey, ...provider } = body as IdentityProvider & Pick<Kept, 'sealedKey'>;
      this.#kept.set(provider.id, { provider, sealedKey, version });
    }
  }

  /** Those whom a caller may see, the oldest first. */
  list(caller: Caller): IdentityProvider[] {
    const border = realmOf(caller);
    return [...this.#kept.values()]
      .map(({ provider }) => provider)
      .filter(({ realm }) => border === null || realm === border)
      .sort((a, b) => a.createdAt - b.createdAt || (`${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1));
  }

  /** @throws CurfewError `not_found` also for one of a realm that the caller may not see */
  get(id: string, caller: Caller): IdentityProvider {
    return this.#demand(id, caller).provider;
  }

  /** The sealed private key of a certificate; undefined for one that is not in use, or whose key is not kept here. */
  sealedKeyOf(certificate: string): string | undefined {
    for (const { provider, sealedKey } of this.#kept.values()) {
      if (provider.certificate === certificate) return sealedKey;
    }
    return undefined;
  }

  /**
   * @param claim by which no other node gives the same name at the same instant, see `Providers.naming`
   * @throws CurfewError `invalid_input`, `conflict` when the name is taken in the realm, `changed_meanwhile`
   */
  create(
    { realm, name, metadata }: NewIdentityProvider,
    order: Order,
    certificates: ProviderCertificates,
    claim: RecordWrite,
  ): Promise<IdentityProvider> {
    checkMetadata(metadata);
    return this.#changes.run(async () => {
      this.#demandFreeName(realm, name);
      const id = newId();
      const createdAt = this.#clock.now();
      const { certificate, sealedKey } = await certificates.make(name, createdAt);
      const provider = {
        id,
        realm,
        name,
        metadata,
        certificate,
        enabled: false,
        configVersion: 1,
        createdAt,
      };
      const made = [{ provider, sealedKey, version: 0 }];
      await this.#write(made, 'identity_provider.created', provider, order, claim);
      return provider;
    });
  }

  /**
   * @param claim as of `create`; needed where the name changes
   * @throws CurfewError `not_found`, `invalid_input`, `conflict`, `changed_meanwhile`
   */
  update(
    id: string,
    change: IdentityProviderChange,
    order: Order,
    certificates: ProviderCertificates,
    claim?: RecordWrite,
  ): Promise<IdentityProvider> {
    const { name, metadata, newCertificate } = change;
    if (metadata !== undefined) checkMetadata(metadata);
    return this.#changes.run(async () => {
      const kept = this.#demand(id, order.caller);
      const before = kept.provider;
      if (name !== undefined && name !== before.name) {
        // Another node has given it another name since the caller looked.
        if (claim === undefined) throw changedSince(before);
        this.#demandFreeName(before.realm, name);
      }
      const made =
        newCertificate === true
          ? await certificates.make(name ?? before.name, this.#clock.now())
          : { certificate: before.certificate, sealedKey: kept.sealedKey };
      const provider: IdentityProvider = {
        ...before,
        name: name ?? before.name,
        metadata: metadata ?? before.metadata,
        certificate: made.certificate,
        configVersion: before.configVersion + 1,
      };
      const next = { ...kept, provider, sealedKey: made.sealedKey };
      await this.#write([next], 'identity_provider.changed', provider, order, claim);
      if (provider.certificate !== before.certificate) await certificates.remove(before.certificate);
      return provider;
    });
  }

  /** Makes one the provider of its realm; another that was is no longer. @throws CurfewError `not_found`, `changed_meanwhile` */
  enable(id: string, order: Order): Promise<IdentityProvider> {
    return this.#deciding(async (claim) => {
      const kept = this.#demand(id, order.caller);
      const provider = { ...kept.provider, enabled: true };
      const former = this.#enabledIn(provider.realm)
        .filter((other) => other.provider.id !== id)
        .map((other) => ({ ...other, provider: { ...other.provider, enabled: false } }));
      const nexts = [{ ...kept, provider }, ...former];
      await this.#write(nexts, 'identity_provider.enabled', provider, order, claim);
      return provider;
    });
  }

  /** Takes the provider of a realm out of use; undefined when none was in use. @throws CurfewError `changed_meanwhile` */
  disable(realm: string, order: Order): Promise<IdentityProvider | undefined> {
    return this.#deciding(async (claim) => {
      const disabled = this.#enabledIn(realm).map((kept) => ({
        ...kept,
        provider: { ...kept.provider, enabled: false },
      }));
      const provider = disabled[0]?.provider;
      if (provider === undefined) return undefined;
      await this.#write(disabled, 'identity_provider.disabled', provider, order, claim);
      return provider;
    });
  }

  /** @throws CurfewError `not_found`, `changed_meanwhile` */
  remove(id: string, order: Order, certificates: ProviderCertificates): Promise<IdentityProvider> {
    return this.#changes.run(async () => {
      const kept = this.#demand(id, order.caller);
      await this.#write([kept], 'identity_provider.removed', kept.provider, order);
      await certificates.remove(kept.provider.certificate);
      return kept.provider;
    });
  }

  /** A change of which one is in use: of two nodes that make one at the same instant the later decides anew. */
  #deciding<T>(change: (claim: RecordWrite) => Promise<T>): Promise<T> {
    return this.#changes.run(() => decidingAmongProviders(this.#store, () => this.load(), change));
  }

  #enabledIn(realm: string): Kept[] {
    return [...this.#kept.values()].filter(({ provider }) => provider.realm === realm && provider.enabled);
  }

  #demand(id: string, caller: Caller): Kept {
    const kept = this.#kept.get(id);
    const border = realmOf(caller);
    if (kept === undefined || (border !== null && kept.provider.realm !== border)) {
      throw noSuchIdentityProvider(id);
    }
    return kept;
  }

  #demandFreeName(realm: string, name: string): void {
    for (const { provider } of this.#kept.values()) {
      if (provider.realm !== realm || provider.name !== name) continue;
      throw new CurfewError(
        'conflict',
        `There is an identity provider ${JSON.stringify(name)} in this realm already; choose another name.`,
      );
    }
  }

  async #write(
    nexts: readonly Kept[],
    event: Event,
    subject: IdentityProvider,
    { origin }: Order,
    claim?: RecordWrite,
  ): Promise<void> {
    const removed = event === 'identity_provider.removed';
    const { id, realm, name, configVersion } = subject;
    await this.#store.changeRecords({
      ...origin,
      writes: [
        ...(claim === undefined ? [] : [claim]),
        ...nexts.map(
          ({ provider, sealedKey, version }): RecordWrite => ({
            kind: 'provider',
            id: provider.id,
            body: removed ? undefined : { ...provider, ...(sealedKey === undefined ? {} : { sealedKey }) },
            ifVersion: version,
          }),
        ),
      ],
      event,
      detail: { identityProviderId: id, realm, name, configVersion },
      now: this.#clock.now(),
    });
    for (const next of nexts) {
      if (removed) this.#kept.delete(next.provider.id);
      else this.#kept.set(next.provider.id, { ...next, version: next.version + 1 });
    }
  }
}

function changedSince({ id }: IdentityProvider): CurfewError {
  return new CurfewError(
    'changed_meanwhile',
    `The identity provider ${id} was given another name by somebody else; read it again, then repeat the change.`,
  );
}
