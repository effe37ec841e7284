import { createHash } from 'node:crypto';
import { decidingAmongProviders, mostAttempts } from '../access/provider-names.ts';
import type { Clock } from '../core/clock.ts';
import { CurfewError, toCurfewError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Registry } from '../session/registry.ts';
import { canonicalJson, type Origin } from '../session/revocation.ts';
import type { RecordStore, RecordWrite, StoredRecord } from '../session/store.ts';
import type { ProviderParts } from './kind.ts';
import { createProvider } from './live-providers.ts';
import { type ConfiguredProvider, readSecrets } from './provider-settings.ts';
import { isStoredProvider, type StoredProvider } from './stored-provider.ts';

/** What holds where the configuration names no provider: Curfew's own users sign in. */
export function defaultProviders(realm: string): readonly ConfiguredProvider[] {
  const name = 'basic';
  return [{ type: 'basic', name, realm, title: undefined, enabled: true, settings: {}, secrets: {} }];
}

export interface ConfigurationParts {
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly registry: Pick<Registry, 'terminate'>;
  readonly parts: ProviderParts;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const origin: Origin = {
  by: { kind: 'system', id: 'configuration', name: 'configuration' },
  face: 'system',
};

/**
 * Brings the providers of the configuration file into the store, so that each change counts its version up and is in the journal.
 * The sessions of one that is no longer there, or no longer enabled, are ended.
 * @returns the secrets of each by its id, for `Providers.load`
 * @throws CurfewError `config_invalid` when one cannot be made, or its secret cannot be read
 */
export async function applyConfiguration(
  configured: readonly ConfiguredProvider[],
  given: ConfigurationParts,
): Promise<Map<string, Record<string, string>>> {
  let all: readonly StoredRecord[] = [];
  const reload = async (): Promise<void> => {
    all = await given.store.records('provider');
  };
  await reload();
  // Nodes and workers start at the same time, each with the same file. Whoever is late has been overtaken by a change that is then
  // done, so it must not give up before all that the file asks for can be.
  const attempts = mostAttempts + configured.length + all.length;
  const change = (claim: RecordWrite) => apply(configured, { all, claim }, given);
  return decidingAmongProviders(given.store, reload, change, attempts);
}

async function apply(
  configured: readonly ConfiguredProvider[],
  { all, claim }: { all: readonly StoredRecord[]; claim: RecordWrite },
  { store, clock, registry, parts, environment }: ConfigurationParts,
): Promise<Map<string, Record<string, string>>> {
  const records = all.flatMap(({ body, version }) =>
    isStoredProvider(body) && body.source === 'configuration' ? [{ stored: body, version }] : [],
  );
  const secretsById = new Map<string, Record<string, string>>();
  let claimed = claim.ifVersion;
  const write = async (
    stored: StoredProvider,
    event: string,
    version: number,
    removed = false,
  ): Promise<void> => {
    const { id, type, realm, name, enabled, configVersion } = stored;
    await store.changeRecords({
      ...origin,
      writes: [
        { ...claim, ifVersion: claimed },
        { kind: 'provider', id, body: removed ? undefined : stored, ifVersion: version },
      ],
      event,
      detail: { providerId: id, type, realm, name, enabled, configVersion },
      now: clock.now(),
    });
    claimed += 1;
  };
  // Sessions end before the record changes: after a crash in between, the next start ends them once more.
  const end = async ({ realm, type, name }: StoredProvider, what: string): Promise<void> => {
    const selector = { realm, provider: { type, name } };
    await registry.terminate({
      selector,
      reason: `the provider ${name} was ${what} in the configuration`,
      origin,
    });
  };
  for (const { stored, version } of records) {
    if (configured.some((one) => isSame(one, stored))) continue;
    await end(stored, 'removed');
    await write(stored, 'provider.removed', version, true);
  }
  for (const [index, one] of configured.entries()) {
    const secrets = readSecrets(one, environment);
    const found = records.find(({ stored }) => isSame(one, stored));
    const stored = storedOf(one, index, found?.stored, clock.now());
    await demandUsable(stored, secrets, parts);
    if (found === undefined) demandFreeName(one, all);
    if (found === undefined) await write(stored, 'provider.created', 0);
    else if (stored.digest !== found.stored.digest) {
      if (found.stored.enabled && !stored.enabled) await end(stored, 'disabled');
      await write(stored, 'provider.changed', found.version);
    }
    secretsById.set(stored.id, secrets);
  }
  return secretsById;
}

/** Those that were set up over the API, as providers or as identity providers of Element, keep their names. */
function demandFreeName({ realm, name }: ConfiguredProvider, records: readonly StoredRecord[]): void {
  const isTaken = records.some(({ body }) => {
    const other = body as { realm?: unknown; name?: unknown; source?: unknown };
    return other.source !== 'configuration' && other.realm === realm && other.name === name;
  });
  if (!isTaken) return;
  throw new CurfewError(
    'config_invalid',
    `providers: ${name}: a provider that was set up over the API has this name in the realm ${realm}; choose another name here, or remove that one first.`,
  );
}

function isSame({ type, name, realm }: ConfiguredProvider, stored: StoredProvider): boolean {
  return stored.type === type && stored.name === name && stored.realm === realm;
}

/** A provider that was switched off over the API stays so until its entry in the file changes. */
function storedOf(
  one: ConfiguredProvider,
  order: number,
  before: StoredProvider | undefined,
  now: number,
): StoredProvider {
  const { type, name, realm, title = name, enabled, settings, secrets } = one;
  const digest = createHash('sha256')
    .update(canonicalJson({ title, enabled, order, settings, secrets }))
    .digest('hex');
  if (before !== undefined && before.digest === digest) return before;
  return {
    id: before?.id ?? newId(),
    type,
    name,
    realm,
    title,
    enabled,
    order,
    configVersion: (before?.configVersion ?? 0) + 1,
    source: 'configuration',
    settings,
    reachesAllRealms: true,
    sealedSecrets: {},
    digest,
    createdAt: before?.createdAt ?? now,
  };
}

async function demandUsable(
  stored: StoredProvider,
  secrets: Record<string, string>,
  parts: ProviderParts,
): Promise<void> {
  try {
    await createProvider({ provider: { ...stored, secrets: [] }, secrets }, parts).close();
  } catch (error) {
    throw new CurfewError(
      'config_invalid',
      `providers: ${stored.name}: ${toCurfewError(error).message}`,
      {},
      { cause: error },
    );
  }
}
