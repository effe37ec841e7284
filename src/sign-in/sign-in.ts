import type { Access } from '../access/access.ts';
import type { ProviderCertificates } from '../access/provider-certificates.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Sealer } from '../core/sealing.ts';
import type { Registry } from '../session/registry.ts';
import type { RecordStore, Store } from '../session/store.ts';
import { Accounts } from './basic/accounts.ts';
import { LocalUsers } from './basic/local-users.ts';
import { applyConfiguration } from './configured.ts';
import { providerSource } from './credential-source.ts';
import { limitedFetch } from './limited-fetch.ts';
import type { ConfiguredProvider } from './provider-settings.ts';
import { Providers } from './providers.ts';

/** Everything that signs people in, put together once. */
export interface SignIn {
  readonly providers: Providers;
  /** What Curfew's own users change about themselves. */
  readonly accounts: Accounts;
}

export interface SignInOptions {
  readonly store: RecordStore & Pick<Store, 'attempts'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealer: Sealer;
  readonly registry: Pick<Registry, 'terminate'>;
  readonly access: Access;
  readonly certificates: ProviderCertificates;
  readonly publicUrl: string;
  readonly configured: readonly ConfiguredProvider[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @throws CurfewError `config_invalid` when a provider of the configuration cannot be made */
export async function openSignIn(options: SignInOptions): Promise<SignIn> {
  const { store, clock, log, sealer, registry, access, certificates, publicUrl, environment } = options;
  const parts = {
    clock,
    log,
    limitedFetch,
    sealer,
    keyOf: (certificate: string) =>
      certificates.keyOf(certificate, access.identityProviders.sealedKeyOf(certificate)),
    publicUrl,
    users: new LocalUsers({ access, store, clock, sealer }),
    store,
  };
  const secrets = await applyConfiguration(options.configured, {
    store,
    clock,
    registry,
    parts,
    environment,
  });
  const providers = new Providers({ store, identityProviders: access.identityProviders, parts });
  await providers.load(secrets);
  access.credentials.add(providerSource(providers, access));
  return { providers, accounts: new Accounts({ access, store, clock, sealer }) };
}
