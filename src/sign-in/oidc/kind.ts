import type { ProviderDefinition, ProviderKind, ProviderParts } from '../kind.ts';
import { clientAuthentication, oidcSecrets } from './client-authentication.ts';
import { Issuer } from './issuer.ts';
import { OidcProvider } from './provider.ts';
import { RefreshTokens } from './refresh-tokens.ts';
import { type OidcSettings, oidcSettings } from './settings.ts';

/** Sign-in by OpenID Connect. */
export const oidcKind = {
  type: 'oidc',
  summary: 'An issuer of OpenID Connect, such as Keycloak, Microsoft Entra ID, Okta, Google or Authentik.',
  settings: oidcSettings,
  secrets: oidcSecrets,
  secretPlace: ['issuer', 'ca'],
  create(
    definition: ProviderDefinition<OidcSettings>,
    { clock, limitedFetch, sealer }: ProviderParts,
  ): OidcProvider {
    const { settings, secrets } = definition;
    const authentication = clientAuthentication(settings, secrets);
    const fetcher = limitedFetch({ timeoutMs: settings.timeout, ca: settings.ca });
    const issuer = new Issuer({ settings, authentication, clock, fetcher });
    return new OidcProvider({
      definition,
      issuer,
      clock,
      refreshTokens: new RefreshTokens(sealer, definition),
      close: () => fetcher.close(),
    });
  },
} satisfies ProviderKind<typeof oidcSettings>;
