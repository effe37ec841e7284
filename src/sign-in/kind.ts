import type { z } from 'zod';
import type { IdentityProvider } from '../access/identity-provider.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Sealer } from '../core/sealing.ts';
import type { Store } from '../session/store.ts';
import type { LocalUsers } from './basic/local-users.ts';
import type { LimitedFetch } from './limited-fetch.ts';

import type { ProviderType, SignInProvider } from './provider.ts';

/** One way to sign in: what it can be told, and how a provider is made from that. */
export interface ProviderKind<Settings extends z.ZodObject = z.ZodObject> {
  readonly type: ProviderType;
  /** What it is, a sentence of the reference. */
  readonly summary: string;
  /**
   * Its own settings, a strict object. Every leaf bears description and form, see `setting`; secrets are not among them.
   * The same object is read from the configuration and from the API.
   */
  readonly settings: Settings;
  /**
   * The names of its secrets, each with a description. In a configuration file `name` is given as `nameFile` (the first
   * line of a file) or `nameVariable` (an environment variable); over the API as text, which is kept sealed.
   */
  readonly secrets: Readonly<Record<string, string>>;
  /** The settings that say where the secrets are sent, and over what; absent when they are sent nowhere. */
  readonly secretPlace?: readonly string[];
  /**
   * Makes a provider, which connects to nothing until it is used.
   * @throws CurfewError `invalid_input` naming the setting, for what the schema cannot tell
   */
  create(definition: ProviderDefinition<z.output<Settings>>, parts: ProviderParts): SignInProvider;
  /** The settings that do what an identity provider of Element does; present for `saml` alone. */
  ofIdentityProvider?(provider: IdentityProvider): z.input<Settings>;
}

/** One provider as it is set up. */
export interface ProviderDefinition<Settings = unknown> {
  readonly type: ProviderType;
  readonly name: string;
  readonly realm: string;
  readonly title: string;
  readonly configVersion: number;
  readonly settings: Settings;
  /** Secrets in the clear, by name; one that was not given is absent. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a provider works with. */
export interface ProviderParts {
  readonly clock: Clock;
  /** Never given a name, a password, an assertion or a token. */
  readonly log: Log;
  /** Makes a `fetch` that gives up in time, takes no endless answer, and follows no redirect. */
  readonly limitedFetch: LimitedFetch;
  /** Seals what must come back unread, such as a state. */
  readonly sealer: Sealer;
  /** The private key in PEM of a certificate by which an identity provider of Element knows Curfew. */
  readonly keyOf: (certificate: string) => Promise<string | undefined>;
  /** Where browsers reach Curfew: scheme, host and port without a path, such as `https://sso.example.org`. */
  readonly publicUrl: string;
  /** Curfew's own users and administrators. */
  readonly users: LocalUsers;
  /** Where failed attempts are counted, and locks written down. */
  readonly store: Pick<Store, 'attempts' | 'changeRecords'>;
}

/** The absolute URL of a place of a provider: `callback`, `logout` or `metadata`. */
export function providerUrl(
  publicUrl: string,
  { realm, name }: Pick<ProviderDefinition, 'realm' | 'name'>,
  place: 'callback' | 'logout' | 'metadata',
): string {
  return `${publicUrl}/sign-in/${encodeURIComponent(realm)}/${encodeURIComponent(name)}/${place}`;
}
