import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { CurfewError } from '../../../src/core/errors.ts';
import { limitedFetch } from '../../../src/sign-in/limited-fetch.ts';
import { clientAuthentication } from '../../../src/sign-in/oidc/client-authentication.ts';
import { Issuer } from '../../../src/sign-in/oidc/issuer.ts';
import { OidcProvider } from '../../../src/sign-in/oidc/provider.ts';
import { RefreshTokens } from '../../../src/sign-in/oidc/refresh-tokens.ts';
import { oidcSettings } from '../../../src/sign-in/oidc/settings.ts';
import type { ProviderAnswer, SignInRequest, SignInStart } from '../../../src/sign-in/provider.ts';
import { aClient } from '../../support/oidc-provider-process.ts';
import { aSealer } from '../../support/opened-access.ts';
import { WebAgent } from '../../support/web-agent.ts';

/** Where Curfew would be reached; nothing listens there in tests of the provider alone. */
export const callbackUrl = 'http://127.0.0.1:9/sign-in/default/main/callback';

/** A provider of OpenID Connect with these settings, which is closed with the test. */
export function oidcProvider(
  t: Pick<TestContext, 'after'>,
  issuerUrl: string,
  settings: Record<string, unknown> = {},
  {
    clock = systemClock(),
    secrets = { clientSecret: aClient.client_secret },
    keyPauseMs,
  }: {
    clock?: Clock;
    secrets?: Record<string, string>;
    keyPauseMs?: number;
  } = {},
): OidcProvider {
  const read = oidcSettings.parse({
    issuer: issuerUrl,
    clientId: aClient.client_id,
    timeout: '5s',
    ...settings,
  });
  const fetcher = limitedFetch({ timeoutMs: read.timeout });
  const issuer = new Issuer({
    settings: read,
    authentication: clientAuthentication(read, secrets),
    clock,
    fetcher,
    keyPauseMs,
  });
  const provider = new OidcProvider({
    definition: {
      type: 'oidc',
      name: 'main',
      realm: 'default',
      title: 'Main',
      configVersion: 1,
      settings: read,
      secrets,
    },
    issuer,
    clock,
    refreshTokens: new RefreshTokens(aSealer, { realm: 'default', name: 'main' }),
    close: () => fetcher.close(),
  });
  t.after(() => provider.close());
  return provider;
}

/** Signs in at the issuer's own pages and gives the answer that the browser would bring back. */
export async function answerOf(
  provider: OidcProvider,
  username: string,
  start: Partial<SignInStart> = {},
  agent = new WebAgent(),
): Promise<ProviderAnswer & { request: SignInRequest }> {
  const request = await provider.begin({ callbackUrl, ...start });
  const page = await agent.visit(request.location, { until: callbackUrl });
  const back = page.url.href.startsWith(callbackUrl)
    ? page
    : await agent.submit(page, { username }, { until: callbackUrl });
  return { url: back.url, form: new URLSearchParams(), remembered: request.remembered, request };
}

/** Whether an error is a refusal that says this. */
export function refusal(pattern: RegExp, code = 'sign_in_refused'): (error: CurfewError) => boolean {
  return (error) => {
    if (error.code === code && pattern.test(error.message)) return true;
    throw error;
  };
}
