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

  /** @throws CurfewError `invalid_input`, `conflict` when the name is taken in the realm */
  create(
    { realm, name, metadata }: NewIdentityProvider,
    order: Order,
    certificates: ProviderCertificates,
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
      await this.#write([{ provider, sealedKey, version: 0 }], 'identity_provider.created', provider, order);
      return provider;
    });
  }

  /** @throws CurfewError `not_found`, `invalid_input`, `conflict`, `changed_meanwhile` */
  update(
    id: string,
    change: IdentityProviderChange,
    order: Order,
    certificates: ProviderCertificates,
  ): Promise<IdentityProvider> {
    const { name, metadata, newCertificate } = change;
    if (metadata !== undefined) checkMetadata(metadata);
    return this.#changes.run(async () => {
      const kept = this.#demand(id, order.caller);
      const before = kept.provider;
      if (name !== undefined && name !== before.name) this.#demandFreeName(before.realm, name);
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
      await this.#write([next], 'identity_provider.changed', provider, order);
      if (provider.certificate !== before.certificate) await certificates.remove(before.certificate);
      return provider;
    });
  }

  /** Makes one the provider of its realm; another that was is no longer. @throws CurfewError `not_found`, `changed_meanwhile` */
  enable(id: string, order: Order): Promise<IdentityProvider> {
    return this.#changes.run(async () => {
      const kept = this.#demand(id, order.caller);
      const provider = { ...kept.provider, enabled: true };
      const former = this.#enabledIn(provider.realm)
        .filter((other) => other.provider.id !== id)
        .map((other) => ({ ...other, provider: { ...other.provider, enabled: false } }));
      await this.#write([{ ...kept, provider }, ...former], 'identity_provider.enabled', provider, order);
      return provider;
    });
  }

  /** Takes the provider of a realm out of use; undefined when none was in use. @throws CurfewError `changed_meanwhile` */
  disable(realm: string, order: Order): Promise<IdentityProvider | undefined> {
    return this.#changes.run(async () => {
      const disabled = this.#enabledIn(realm).map((kept) => ({
        ...kept,
        provider: { ...kept.provider, enabled: false },
      }));
      const provider = disabled[0]?.provider;
      if (provider === undefined) return undefined;
      await this.#write(disabled, 'identity_provider.disabled', provider, order);
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
  ): Promise<void> {
    const removed = event === 'identity_provider.removed';
    const { id, realm, name, configVersion } = subject;
    await this.#store.changeRecords({
      ...origin,
      writes: nexts.map(
        ({ provider, sealedKey, version }): RecordWrite => ({
          kind: 'provider',
          id: provider.id,
          body: removed ? undefined : { ...provider, ...(sealedKey === undefined ? {} : { sealedKey }) },
          ifVersion: version,
        }),
      ),
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
