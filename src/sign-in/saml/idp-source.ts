import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Fetcher } from '../limited-fetch.ts';
import { type IdpMetadata, readIdpMetadata } from './idp-metadata.ts';
import type { SamlSettings } from './settings.ts';

export interface IdpSourceOptions {
  readonly settings: SamlSettings;
  readonly clock: Clock;
  readonly fetcher: Fetcher;
}

/** After a failure the last metadata is used for so long before it is asked for again. */
const retryMs = 30_000;
/** A signature that no known key has made may be one of a new key; this often the metadata is read anew for it. */
const rereadPauseMs = 60_000;

/** Where the metadata of an identity provider comes from: the settings themselves, or a URL that is read now and then. */
export class IdpSource {
  readonly #options: IdpSourceOptions;
  #known: IdpMetadata | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #freshUntil = 0;
  #reading: Promise<IdpMetadata> | undefined;

  constructor(options: IdpSourceOptions) {
    this.#options = options;
  }

  /**
   * The metadata as it was last read. When it cannot be read anew, the last is used until the end that it names.
   * @throws CurfewError `provider_unavailable` when there is none, or its time is over
   */
  async known(): Promise<IdpMetadata> {
    const { clock } = this.#options;
    if (this.#known === undefined || clock.now() >= this.#freshUntil) {
      await this.read().catch((error: unknown) => {
        if (this.#known === undefined) throw error;
        this.#freshUntil = clock.now() + retryMs;
      });
    }
    return this.#demandValid(this.#known as IdpMetadata);
  }

  /** The metadata read anew, unless that was done a moment ago: then undefined. For signatures of an unknown key. */
  async rereadForKey(): Promise<IdpMetadata | undefined> {
    const { clock, settings } = this.#options;
    if (settings.metadataUrl === undefined || clock.now() < this.#readAt + rereadPauseMs) return undefined;
    return this.read().catch(() => undefined);
  }

  /** Reads it anew. @throws CurfewError `provider_unavailable` */
  async read(): Promise<IdpMetadata> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(): Promise<IdpMetadata> {
    const { clock, settings } = this.#options;
    this.#readAt = clock.now();
    const metadata = readIdpMetadata(await this.#text(), settings.identityProvider);
    this.#known = this.#demandValid(metadata);
    this.#freshUntil =
      settings.metadataUrl === undefined ? Number.POSITIVE_INFINITY : clock.now() + settings.metadataLifetime;
    return metadata;
  }

  async #text(): Promise<string> {
    const { settings, fetcher } = this.#options;
    const { metadata, metadataUrl } = settings;
    if (metadataUrl === undefined) return metadata as string;
    const response = await fetcher.fetch(metadataUrl, {
      headers: { accept: 'application/samlmetadata+xml, application/xml, text/xml' },
    });
    if (response.status === 200) return response.text();
    const { origin, pathname } = new URL(metadataUrl);
    throw new CurfewError(
      'provider_unavailable',
      `${origin}${pathname} answers with the status ${response.status} instead of metadata.`,
    );
  }

  #demandValid(metadata: IdpMetadata): IdpMetadata {
    const { validUntil, entityId } = metadata;
    if (validUntil === undefined || this.#options.clock.now() < validUntil) return metadata;
    throw new CurfewError(
      'provider_unavailable',
      `The metadata of ${entityId} was valid until ${new Date(validUntil).toISOString()}; get it anew from the identity provider.`,
    );
  }
}
