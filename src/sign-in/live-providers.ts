import { CurfewError } from '../core/errors.ts';
import { objectFaults } from '../core/object-faults.ts';
import type { ProviderDefinition, ProviderKind, ProviderParts } from './kind.ts';
import type { SignInProvider } from './provider.ts';
import type { Provider } from './stored-provider.ts';
import { kindOf } from './table.ts';

/** What a provider is made from. */
export interface ProviderPlan {
  readonly provider: Provider;
  /** In the clear; undefined when they cannot be opened on this machine. */
  readonly secrets: Readonly<Record<string, string>> | undefined;
}

/** Providers as they are at work: made once for each version of their configuration, closed when another takes their place. */
export class LiveProviders {
  readonly #parts: ProviderParts;
  readonly #live = new Map<
    string,
    { readonly version: number; readonly provider: SignInProvider | undefined }
  >();

  constructor(parts: ProviderParts) {
    this.#parts = parts;
  }

  /** The provider of a plan; undefined when it cannot be made, which the log then says once. */
  of(plan: ProviderPlan): SignInProvider | undefined {
    const { id, configVersion, name, realm } = plan.provider;
    const found = this.#live.get(id);
    if (found?.version === configVersion) return found.provider;
    let made: SignInProvider | undefined;
    try {
      made = createProvider(plan, this.#parts);
    } catch (error) {
      this.#parts.log.error(
        { realm, provider: name, err: error },
        'a provider cannot be used as it is set up',
      );
    }
    this.#close(found?.provider);
    this.#live.set(id, { version: configVersion, provider: made });
    return made;
  }

  /** Closes those that are not among the ids given. */
  keep(ids: ReadonlySet<string>): void {
    for (const [id, { provider }] of this.#live) {
      if (ids.has(id)) continue;
      this.#close(provider);
      this.#live.delete(id);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#live.values()].map(({ provider }) => provider?.close()));
    this.#live.clear();
  }

  #close(provider: SignInProvider | undefined): void {
    provider?.close().catch((error: unknown) => {
      this.#parts.log.warn({ provider: provider.name, err: error }, 'a provider did not close as it should');
    });
  }
}

/**
 * Makes a provider, connecting to nothing.
 * @throws CurfewError `invalid_input` naming what is wrong with its settings or secrets
 */
export function createProvider({ provider, secrets }: ProviderPlan, parts: ProviderParts): SignInProvider {
  const { type, name, realm, title, configVersion, settings } = provider;
  const kind = kindOf(type) as ProviderKind;
  const faults = objectFaults(kind.settings, settings, 'settings');
  if (faults.length > 0) {
    const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
    throw new CurfewError('invalid_input', message, { faults });
  }
  if (secrets === undefined) {
    throw new CurfewError(
      'invalid_input',
      `The secrets of the provider ${name} were sealed on another machine; set them anew.`,
    );
  }
  const definition: ProviderDefinition<Record<string, unknown>> = {
    type,
    name,
    realm,
    title,
    configVersion,
    settings: kind.settings.parse(settings),
    secrets,
  };
  return kind.create(definition, parts);
}
