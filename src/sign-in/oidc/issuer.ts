import { createRemoteJWKSet, customFetch as joseFetch, type RemoteJWKSet } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  type Configuration,
  type CustomFetch,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
} from 'openid-client';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Fetcher } from '../limited-fetch.ts';
import { isProtectedUrl } from '../protected-url.ts';
import { toProviderError } from './failure.ts';
import type { OidcSettings } from './settings.ts';

/** How far the clocks of an issuer and of Curfew may differ. */
export const clockToleranceSeconds = 30;

/** What was read of an issuer: where it is asked, and the keys it signs with. */
export interface KnownIssuer {
  readonly configuration: Configuration;
  /** Finds the key of a signature; reads the keys anew when it does not know one, at most once in `keyPauseMs`. */
  readonly keys: RemoteJWKSet;
  /** The issuer as it names itself. */
  readonly name: string;
}

export interface IssuerOptions {
  readonly settings: OidcSettings;
  readonly authentication: ClientAuth;
  readonly clock: Clock;
  readonly fetcher: Fetcher;
  /**
   * How long an unknown key waits after the keys were read: a signature with a made-up key must not make Curfew ask the
   * issuer each time.
   */
  readonly keyPauseMs?: number | undefined;
}

/** How long keys are used before they are read anew, so that one that was withdrawn is believed no longer. */
const keyLifetimeMs = 600_000;
const defaultKeyPauseMs = 5000;
/** After a failure the last metadata is used for so long before the issuer is asked again. */
const retryMs = 30_000;

/** An issuer of OpenID Connect: its metadata and keys, read when they are needed and kept for a while. */
export class Issuer {
  readonly #options: IssuerOptions;
  #known: KnownIssuer | undefined;
  #freshUntil = 0;
  #reading: Promise<KnownIssuer> | undefined;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  /**
   * The issuer as it was last read, not longer ago than its lifetime. When it cannot be read anew, the last is used.
   * @throws CurfewError `provider_unavailable` when it was never read
   */
  async known(): Promise<KnownIssuer> {
    const now = this.#options.clock.now();
    if (this.#known !== undefined && now < this.#freshUntil) return this.#known;
    this.#reading ??= this.read().finally(() => {
      this.#reading = undefined;
    });
    try {
      return await this.#reading;
    } catch (error) {
      if (this.#known === undefined) throw error;
      this.#freshUntil = this.#options.clock.now() + retryMs;
      return this.#known;
    }
  }

  /** Reads it anew. @throws CurfewError `provider_unavailable` */
  async read(): Promise<KnownIssuer> {
    const { settings, clock } = this.#options;
    const read = await this.#discover().catch((error: unknown) => {
      throw toProviderError(error, `The issuer ${settings.issuer} cannot be read`, 'provider_unavailable');
    });
    // Keys stay with their place, so that metadata read anew does not throw them away.
    const former = this.#known;
    const isSamePlace =
      former?.configuration.serverMetadata().jwks_uri === read.configuration.serverMetadata().jwks_uri;
    this.#known = isSamePlace && former !== undefined ? { ...read, keys: former.keys } : read;
    this.#freshUntil = clock.now() + settings.metadataLifetime;
    return this.#known;
  }

  async #discover(): Promise<KnownIssuer> {
    const { settings, authentication, clock, fetcher, keyPauseMs = defaultKeyPauseMs } = this.#options;
    const configuration = await discovery(
      new URL(settings.issuer),
      settings.clientId,
      {
        [clockSkew]: Math.round((clock.now() - Date.now()) / 1000),
        [clockTolerance]: clockToleranceSeconds,
      },
      authentication,
      {
        [customFetch]: fetcher.fetch as unknown as CustomFetch,
        timeout: settings.timeout / 1000,
        // Only this machine is asked by http, which the settings have made sure of.
        execute: settings.issuer.startsWith('http:') ? [allowInsecureRequests] : [],
      },
    );
    const metadata = configuration.serverMetadata();
    for (const [name, value] of Object.entries(metadata)) {
      const isPlace = /(_endpoint|^jwks_uri)$/.test(name) && typeof value === 'string';
      if (isPlace && !isProtectedUrl(value))
        throw unusable(`its ${name} is neither https nor of this machine`);
    }
    const { jwks_uri: place, issuer: name } = metadata;
    if (place === undefined) throw unusable('its metadata names no keys (jwks_uri)');
    const keys = createRemoteJWKSet(new URL(place), {
      [joseFetch]: fetcher.fetch,
      timeoutDuration: settings.timeout,
      cooldownDuration: keyPauseMs,
      cacheMaxAge: keyLifetimeMs,
    });
    return { configuration, keys, name };
  }
}

function unusable(reason: string): CurfewError {
  return new CurfewError('provider_unavailable', `The issuer cannot be used: ${reason}.`);
}
