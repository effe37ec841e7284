import type { Order } from '../access/administrator.ts';
import { type Caller, realmOf } from '../access/caller.ts';
import type { IdentityProviders } from '../access/identity-providers.ts';
import { decidingAmongProviders } from '../access/provider-names.ts';
import { Serial } from '../access/serial.ts';
import { CurfewError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Origin } from '../session/revocation.ts';
import type { RecordStore, RecordWrite } from '../session/store.ts';
import type { ProviderParts } from './kind.ts';
import { createProvider, LiveProviders, type ProviderPlan } from './live-providers.ts';
import type { ProviderType, SignInProvider } from './provider.ts';
import { demandSecretsAnew } from './secret-places.ts';
import {
  isStoredProvider,
  noSuchProvider,
  openSecrets,
  type Provider,
  type StoredProvider,
  sealSecrets,
} from './stored-provider.ts';
import { kindOf } from './table.ts';

export interface ProvidersOptions {
  readonly store: RecordStore;
  readonly identityProviders: IdentityProviders;
  readonly parts: ProviderParts;
}

export interface NewProvider {
  readonly type: ProviderType;
  readonly realm: string;
  readonly name: string;
  readonly title?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly order?: number | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** In the clear. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What may be changed; fields that are undefined stay. */
export interface ProviderChange {
  readonly title?: string | undefined;
  readonly order?: number | undefined;
  /** Replaced as a whole. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** One by one; null takes one away. */
  readonly secrets?: Readonly<Record<string, string | null>> | undefined;
}

/** A provider at work, and what is kept of it. */
export interface UsedProvider {
  readonly provider: Provider;
  readonly signIn: SignInProvider;
  readonly reachesAllRealms: boolean;
}

type Event = `provider.${'created' | 'changed' | 'enabled' | 'disabled' | 'removed'}`;

interface Kept {
  readonly stored: StoredProvider;
  readonly version: number;
  /** Of a provider of the configuration: its secrets, which no record holds. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** What follows the providers of the configuration file, which come in its order. */
const defaultOrder = 1000;

/**
 * The ways to sign in of every realm: those of the configuration file, those made over the API, and the identity providers of
 * Element, which appear as providers of the type `saml`. Kept in the store, read from memory. Ending sessions is not
 * done here.
 */
export class Providers {
  readonly #options: ProvidersOptions;
  readonly #live: LiveProviders;
  readonly #kept = new Map<string, Kept>();
  readonly #changes = new Serial();

  constructor(options: ProvidersOptions) {
    this.#options = options;
    this.#live = new LiveProviders(options.parts);
  }

  /**
   * Reads every provider from the store.
   * @param configured the secrets of those of the configuration, by id; those not named here are left out
   */
  async load(
    configured: ReadonlyMap<string, Readonly<Record<string, string>>> = this.#configuredSecrets(),
  ): Promise<void> {
    const records = await this.#options.store.records('provider');
    this.#kept.clear();
    for (const { body: stored, version } of records) {
      if (!isStoredProvider(stored)) continue;
      const secrets = configured.get(stored.id);
      if (stored.source === 'api') this.#kept.set(stored.id, { stored, version });
      else if (secrets !== undefined) this.#kept.set(stored.id, { stored, version, secrets });
    }
  }

  /** Those whom a caller may see, in the order of the sign-in page. */
  list(caller: Caller): Provider[] {
    const border = realmOf(caller);
    return this.#plans()
      .map(({ provider }) => provider)
      .filter(({ realm }) => border === null || realm === border);
  }

  /** @throws CurfewError `not_found` also for one of a realm that the caller may not see */
  get(id: string, caller: Caller): Provider {
    const found = this.list(caller).find((provider) => provider.id === id);
    if (found === undefined) throw noSuchProvider(id);
    return found;
  }

  /** The providers by which the users of a realm may sign in now, in the order of the sign-in page. */
  enabledIn(realm: string): UsedProvider[] {
    const plans = this.#plans().filter(({ provider }) => provider.enabled);
    this.#live.keep(new Set(plans.map(({ provider }) => provider.id)));
    return plans
      .filter(({ provider }) => provider.realm === realm)
      .flatMap((plan) => {
        const signIn = this.#live.of(plan);
        const stored = this.#kept.get(plan.provider.id)?.stored;
        return signIn === undefined
          ? []
          : [{ provider: plan.provider, signIn, reachesAllRealms: stored?.reachesAllRealms === true }];
      });
  }

  /** One provider that is in use, by its name. */
  find(realm: string, name: string): UsedProvider | undefined {
    return this.enabledIn(realm).find(({ provider }) => provider.name === name);
  }

  /** A provider to be tried out, in use or not; the caller closes it. @throws CurfewError `not_found`, `invalid_input` */
  trial(id: string, caller: Caller): SignInProvider {
    this.get(id, caller);
    const plan = this.#plans().find(({ provider }) => provider.id === id) as ProviderPlan;
    return createProvider(plan, this.#options.parts);
  }

  /**
   * What a provider must be told of Curfew; also before it is taken into use, since it must know Curfew by then.
   * Undefined when there is no such provider, or it needs no document.
   */
  async metadataOf(realm: string, name: string): Promise<{ body: string; mediaType: string } | undefined> {
    const plan = this.#plans().find(({ provider }) => provider.realm === realm && provider.name === name);
    if (plan === undefined) return undefined;
    const made = createProvider(plan, this.#options.parts);
    try {
      return made.flow === 'redirect' ? await made.metadata?.() : undefined;
    } finally {
      await made.close();
    }
  }

  /** @throws CurfewError `invalid_input`, `conflict` when the name is taken in the realm */
  create(input: NewProvider, order: Order): Promise<Provider> {
    const { parts } = this.#options;
    return this.naming(input.realm, input.name, async (claim) => {
      demandKnownSecrets(input.type, input.secrets);
      const stored: StoredProvider = {
        id: newId(),
        type: input.type,
        realm: input.realm,
        name: input.name,
        title: input.title ?? input.name,
        enabled: input.enabled ?? true,
        order: input.order ?? defaultOrder,
        configVersion: 1,
        source: 'api',
        settings: input.settings,
        reachesAllRealms: realmOf(order.caller) === null,
        sealedSecrets: sealSecrets(input.secrets, parts.sealer),
        createdAt: parts.clock.now(),
      };
      await this.#demandUsable(stored);
      await this.#write({ stored, version: 0 }, 'provider.created', order.origin, claim);
      return shown(stored);
    });
  }

  /** @throws CurfewError `not_found`, `invalid_input`, `conflict` for one that is set up elsewhere, `changed_meanwhile` */
  update(id: string, change: ProviderChange, order: Order): Promise<Provider> {
    const { parts } = this.#options;
    return this.#changes.run(async () => {
      const kept = this.#demandOwn(id, order.caller);
      const before = kept.stored;
      const { secrets = {} } = change;
      demandKnownSecrets(before.type, secrets);
      const given = Object.entries(secrets).filter((entry): entry is [string, string] => entry[1] !== null);
      const stay = Object.entries(before.sealedSecrets).filter(([name]) => !Object.hasOwn(secrets, name));
      const kind = kindOf(before.type);
      if (kind !== undefined && change.settings !== undefined) {
        demandSecretsAnew(
          kind,
          before.settings,
          change.settings,
          stay.map(([name]) => name),
        );
      }
      const stored: StoredProvider = {
        ...before,
        title: change.title ?? before.title,
        order: change.order ?? before.order,
        settings: change.settings ?? before.settings,
        sealedSecrets: {
          ...Object.fromEntries(stay),
          ...sealSecrets(Object.fromEntries(given), parts.sealer),
        },
        reachesAllRealms: before.reachesAllRealms && realmOf(order.caller) === null,
        configVersion: before.configVersion + 1,
      };
      await this.#demandUsable(stored);
      await this.#write({ ...kept, stored }, 'provider.changed', order.origin);
      return shown(stored);
    });
  }

  /**
   * Takes a provider into use or out of it; one of the configuration too, until that says otherwise.
   * @throws CurfewError `not_found`, `conflict` for one of Element, `changed_meanwhile`
   */
  setEnabled(id: string, enabled: boolean, order: Order): Promise<Provider> {
    return this.#changes.run(async () => {
      const kept = this.#demandKept(id, order.caller);
      const stored = { ...kept.stored, enabled, configVersion: kept.stored.configVersion + 1 };
      await this.#write(
        { ...kept, stored },
        enabled ? 'provider.enabled' : 'provider.disabled',
        order.origin,
      );
      return shown(stored);
    });
  }

  /** @throws CurfewError `not_found`, `conflict` for one that is set up elsewhere, `changed_meanwhile` */
  remove(id: string, order: Order): Promise<Provider> {
    return this.#changes.run(async () => {
      const kept = this.#demandOwn(id, order.caller);
      await this.#write(kept, 'provider.removed', order.origin);
      return shown(kept.stored);
    });
  }

  /**
   * Gives a provider, or an identity provider of Element, its name: no other provider of the realm may have it, for sessions and the
   * pages of the sign-in name a provider by it.
   * @param work makes or renames the provider, and writes the claim with it: by that nobody else takes the name meanwhile, on
   * whichever node. It may be called again.
   * @throws CurfewError `conflict`, `changed_meanwhile`, and what the work throws
   */
  naming<T>(realm: string, name: string, work: (claim: RecordWrite) => Promise<T>): Promise<T> {
    const { store, identityProviders } = this.#options;
    const reload = (): Promise<unknown> => Promise.all([this.load(), identityProviders.load()]);
    return this.#changes.run(() =>
      decidingAmongProviders(store, reload, async (claim) => {
        this.#demandFreeName(realm, name);
        return work(claim);
      }),
    );
  }

  /** Gives back all connections. */
  close(): Promise<void> {
    return this.#live.close();
  }

  #configuredSecrets(): Map<string, Readonly<Record<string, string>>> {
    return new Map(
      [...this.#kept.values()].flatMap(({ stored, secrets }) =>
        secrets === undefined ? [] : [[stored.id, secrets] as const],
      ),
    );
  }

  #plans(): ProviderPlan[] {
    const { identityProviders, parts } = this.#options;
    const own = [...this.#kept.values()].map(
      ({ stored, secrets }): ProviderPlan => ({
        provider: shown(stored),
        secrets: secrets ?? openSecrets(stored.sealedSecrets, parts.sealer),
      }),
    );
    const ofElement = identityProviders.list(everybody).flatMap((found): ProviderPlan[] => {
      const settings = kindOf('saml')?.ofIdentityProvider?.(found);
      if (settings === undefined) return [];
      const { id, realm, name, enabled, configVersion, createdAt } = found;
      const provider: Provider = {
        id,
        type: 'saml',
        realm,
        name,
        title: name,
        enabled,
        order: defaultOrder,
        configVersion,
        source: 'element',
        settings,
        secrets: [],
        createdAt,
      };
      return [{ provider, secrets: {} }];
    });
    return [...own, ...ofElement].sort(({ provider: a }, { provider: b }) => byPlace(a, b));
  }

  /** Makes it once, so that what is wrong is told before it is kept. */
  async #demandUsable(stored: StoredProvider): Promise<void> {
    const { parts } = this.#options;
    const secrets = openSecrets(stored.sealedSecrets, parts.sealer);
    await createProvider({ provider: shown(stored), secrets }, parts).close();
  }

  #demandFreeName(realm: string, name: string): void {
    if (!this.#plans().some(({ provider }) => provider.realm === realm && provider.name === name)) return;
    throw new CurfewError(
      'conflict',
      `There is a provider ${JSON.stringify(name)} in this realm already; choose another name.`,
    );
  }

  #demandKept(id: string, caller: Caller): Kept {
    this.get(id, caller);
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    throw new CurfewError(
      'conflict',
      'This provider is administered as an identity provider; use identityProviders.',
    );
  }

  #demandOwn(id: string, caller: Caller): Kept {
    const kept = this.#demandKept(id, caller);
    if (kept.stored.source === 'api') return kept;
    throw new CurfewError(
      'conflict',
      'This provider is set up in the configuration file; change it there and restart.',
    );
  }

  async #write(
    { stored, version, secrets }: Kept,
    event: Event,
    origin: Origin,
    claim?: RecordWrite,
  ): Promise<void> {
    const removed = event === 'provider.removed';
    const { id, type, realm, name, enabled, configVersion } = stored;
    await this.#options.store.changeRecords({
      ...origin,
      writes: [
        ...(claim === undefined ? [] : [claim]),
        { kind: 'provider', id, body: removed ? undefined : stored, ifVersion: version },
      ],
      event,
      detail: { providerId: id, type, realm, name, enabled, configVersion },
      now: this.#options.parts.clock.now(),
    });
    if (removed) this.#kept.delete(id);
    else this.#kept.set(id, { stored, version: version + 1, ...(secrets === undefined ? {} : { secrets }) });
  }
}

const everybody: Caller = { kind: 'system', name: 'sign-in' };

function shown({
  sealedSecrets,
  reachesAllRealms: _reach,
  digest: _digest,
  ...rest
}: StoredProvider): Provider {
  return { ...rest, secrets: Object.keys(sealedSecrets).sort() };
}

function byPlace(a: Provider, b: Provider): number {
  if (a.order !== b.order) return a.order - b.order;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return `${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1;
}

function demandKnownSecrets(type: ProviderType, secrets: Readonly<Record<string, unknown>>): void {
  const known = Object.keys(kindOf(type)?.secrets ?? {});
  const faults = Object.keys(secrets)
    .filter((name) => !known.includes(name))
    .map(() => ({
      path: 'secrets',
      message: `holds one that a provider of the type ${type} has not; known are ${known.join(', ') || 'none'}`,
    }));
  const [fault] = faults;
  if (fault !== undefined) {
    throw new CurfewError('invalid_input', `${fault.path} ${fault.message}.`, { faults });
  }
}
