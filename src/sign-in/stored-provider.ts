import { CurfewError } from '../core/errors.ts';
import type { Sealer } from '../core/sealing.ts';
import type { ProviderType } from './provider.ts';

/** Where a provider is set up: in the configuration file, over the API, or as an identity provider of Element. */
export const providerSources = ['configuration', 'api', 'element'] as const;
export type ProviderSource = (typeof providerSources)[number];

/** A provider as callers see it: never a secret. */
export interface Provider {
  /** A UUID. */
  readonly id: string;
  readonly type: ProviderType;
  readonly realm: string;
  /** Unique in its realm. */
  readonly name: string;
  readonly title: string;
  readonly enabled: boolean;
  /** The sign-in page offers them by ascending order. */
  readonly order: number;
  /** 1 when made, one more with each change. */
  readonly configVersion: number;
  readonly source: ProviderSource;
  /** As they were given; what is absent has its documented value. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The names of the secrets that it has. */
  readonly secrets: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A provider as it is stored, in a record of the kind `provider`. */
export interface StoredProvider extends Omit<Provider, 'secrets' | 'source'> {
  readonly source: Exclude<ProviderSource, 'element'>;
  /**
   * Whether its users may be administrators of all realms. Not of one that an administrator of a single realm has set up
   * or changed, who could else let it say so.
   */
  readonly reachesAllRealms: boolean;
  /** Secrets by name, each sealed; of a provider of the configuration there are none here. */
  readonly sealedSecrets: Readonly<Record<string, string>>;
  /** Of a provider of the configuration: what it was when its version was counted last. */
  readonly digest?: string;
}

/** Whether the body of a record is a provider as kept here, rather than an identity provider of Element. */
export function isStoredProvider(body: unknown): body is StoredProvider {
  return typeof body === 'object' && body !== null && 'source' in body;
}

/** The secrets in the clear; undefined when one was sealed with another key. */
export function openSecrets(
  sealed: Readonly<Record<string, string>>,
  sealer: Sealer,
): Record<string, string> | undefined {
  const opened: Record<string, string> = {};
  for (const [name, text] of Object.entries(sealed)) {
    const secret = sealer.open(text);
    if (secret === undefined) return undefined;
    opened[name] = secret;
  }
  return opened;
}

/** Secrets as they are stored, each sealed by itself. */
export function sealSecrets(
  secrets: Readonly<Record<string, string>>,
  sealer: Sealer,
): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, sealer.seal(secret)]));
}

export function noSuchProvider(id: string): CurfewError {
  return new CurfewError(
    'not_found',
    `There is no provider ${id} within your reach; list them to see which there are.`,
  );
}
