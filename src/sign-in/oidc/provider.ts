import { jwtVerify } from 'jose';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  type TokenEndpointResponse,
} from 'openid-client';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { StoredSession } from '../../session/store.ts';
import { DefinedProvider } from '../defined-provider.ts';
import type { ProviderDefinition } from '../kind.ts';
import type {
  ProviderAnswer,
  ProviderTest,
  ReceivedLogout,
  RedirectProvider,
  SignedInUser,
  SignInRequest,
  SignInStart,
} from '../provider.ts';
import { toProviderError } from './failure.ts';
import { clockToleranceSeconds, type Issuer, type KnownIssuer } from './issuer.ts';
import { readLogoutToken } from './logout-token.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import type { OidcSettings } from './settings.ts';
import { signatureAlgorithms } from './signature-algorithms.ts';
import { userOf } from './user.ts';

export interface OidcProviderOptions {
  readonly definition: ProviderDefinition<OidcSettings>;
  readonly issuer: Issuer;
  readonly clock: Clock;
  readonly refreshTokens: RefreshTokens;
  /** Gives back its connections. */
  readonly close: () => Promise<void>;
}

/**
 * Sign-in by OpenID Connect: the authorization code flow with PKCE, state and nonce, and an ID token whose signature is
 * checked although it comes over TLS, so that whoever can speak for the token endpoint alone signs nobody in.
 */
export class OidcProvider extends DefinedProvider<OidcSettings> implements RedirectProvider {
  readonly flow = 'redirect';
  readonly type = 'oidc';
  readonly #options: OidcProviderOptions;

  constructor(options: OidcProviderOptions) {
    super(options.definition);
    this.#options = options;
  }

  async begin({ callbackUrl, forceAuthentication, maxAgeSeconds }: SignInStart): Promise<SignInRequest> {
    const { configuration, name } = await this.#options.issuer.known();
    const state = randomState();
    const nonce = randomNonce();
    const codeVerifier = randomPKCECodeVerifier();
    const maxAge = forceAuthentication === true ? 0 : maxAgeSeconds;
    const { acrValues } = this.settings;
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: callbackUrl,
      scope: scopesOf(this.settings).join(' '),
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
      ...promptOf(this.settings, forceAuthentication),
    });
    const from = Math.floor(this.#options.clock.now() / 1000) - (maxAge ?? 0);
    return {
      location: url.href,
      remembered: {
        callbackUrl,
        issuer: name,
        state,
        nonce,
        codeVerifier,
        ...(maxAge === undefined ? {} : { authenticatedFrom: String(from) }),
      },
    };
  }

  async finish({ url, remembered }: ProviderAnswer): Promise<SignedInUser> {
    const { callbackUrl, issuer: name, state, nonce, codeVerifier } = remembered;
    const isWhole = [callbackUrl, name, state, nonce, codeVerifier].every((part) => part !== undefined);
    if (!isWhole || callbackUrl === undefined || `${url.origin}${url.pathname}` !== callbackUrl) {
      throw refused('it is not the answer to a sign-in that began here');
    }
    const issuer = await this.#options.issuer.known();
    if (issuer.name !== name) throw refused('the provider has been set up anew since the sign-in began');
    const answered = new URL(callbackUrl);
    answered.search = url.search;
    const tokens = await authorizationCodeGrant(issuer.configuration, answered, {
      expectedState: state as string,
      expectedNonce: nonce as string,
      pkceCodeVerifier: codeVerifier as string,
      idTokenExpected: true,
    }).catch((error: unknown) => {
      throw toProviderError(error, "The issuer's answer is refused", 'sign_in_refused');
    });
    const idToken = await this.#verified(tokens, issuer);
    this.#checkAuthentication(idToken, remembered.authenticatedFrom);
    return this.#userOf(tokens, idToken, issuer);
  }

  /**
   * Asks the issuer anew with the refresh token that the session keeps. What the session says of its authentication
   * stays.
   * @throws CurfewError `provider_unavailable`
   */
  async read(session: StoredSession): Promise<SignedInUser | undefined> {
    const refreshToken = this.#options.refreshTokens.of(session);
    if (refreshToken === undefined) return undefined;
    const issuer = await this.#options.issuer.known();
    let tokens: TokenEndpointResponse;
    try {
      tokens = await refreshTokenGrant(issuer.configuration, refreshToken);
    } catch (thrown) {
      const error = toProviderError(thrown, 'The issuer gives no fresh claims', 'provider_unavailable');
      // The issuer has withdrawn the token, so it no longer speaks of this session.
      if (error.code === 'sign_in_refused') return undefined;
      throw error;
    }
    const idToken = tokens.id_token === undefined ? undefined : await this.#verified(tokens, issuer);
    if (idToken !== undefined && idToken.sub !== session.subject) {
      throw refused('the issuer answers for another subject than that of the session');
    }
    // OpenID Connect Core section 12.2: an issuer may leave out the ID token, and then only userinfo tells.
    const told: IDToken = idToken ?? { iss: issuer.name, aud: '', iat: 0, exp: 0, sub: session.subject };
    const user = await this.#userOf(tokens, told, issuer, this.settings.userinfo || idToken === undefined);
    return { ...user, attributes: { ...session.attributes, ...user.attributes } };
  }

  /**
   * Leads to the issuer's end of session, where it has one. The ID token is not kept for it: it speaks of the user to
   * whoever holds it. The issuer is told who it is by `logout_hint` instead, and may ask the user to confirm.
   */
  async logoutUrl(session: StoredSession, returnTo: string): Promise<string | undefined> {
    const { configuration } = await this.#options.issuer.known();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: returnTo,
      logout_hint: session.providerSession ?? session.subject,
    }).href;
  }

  async receiveLogout({ form }: ProviderAnswer): Promise<ReceivedLogout> {
    const [token, ...others] = form.getAll('logout_token');
    if (token === undefined || others.length > 0) {
      throw refused('expected one logout_token in the form');
    }
    const read = await readLogoutToken(token, {
      issuer: await this.#options.issuer.known(),
      clientId: this.settings.clientId,
      clock: this.#options.clock,
    });
    return {
      ...(read.subject === undefined ? {} : { subject: read.subject }),
      ...(read.sid === undefined ? {} : { sessionKeys: [read.sid] }),
      message: { id: read.id, endsAt: read.endsAt },
      answer: { body: '', mediaType: 'text/plain' },
    };
  }

  async test(): Promise<ProviderTest> {
    const { configuration, keys, name } = await this.#options.issuer.read();
    const metadata = configuration.serverMetadata();
    await keys.reload().catch((error: unknown) => {
      throw toProviderError(error, 'The keys of the issuer cannot be read', 'provider_unavailable');
    });
    const count = keys.jwks()?.keys.length ?? 0;
    const logout = metadata.backchannel_logout_supported === true ? 'tells' : 'does not say that it tells';
    return {
      steps: [
        `read the metadata of ${name}`,
        `read ${count} ${count === 1 ? 'key' : 'keys'} from ${metadata.jwks_uri}`,
        `it ${logout} of logouts by back channel`,
        metadata.end_session_endpoint === undefined
          ? 'it has no place to end its own session'
          : `it ends its own session at ${metadata.end_session_endpoint}`,
      ],
    };
  }

  async close(): Promise<void> {
    await this.#options.close();
  }

  /** The ID token with its signature checked; openid-client has checked its claims. */
  async #verified({ id_token: token }: TokenEndpointResponse, { keys, name }: KnownIssuer): Promise<IDToken> {
    try {
      const { payload } = await jwtVerify(token as string, keys, {
        issuer: name,
        audience: this.settings.clientId,
        algorithms: signatureAlgorithms,
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.#options.clock.now()),
      });
      return payload as unknown as IDToken;
    } catch (error) {
      throw toProviderError(error, 'The ID token is refused', 'sign_in_refused');
    }
  }

  async #userOf(
    tokens: TokenEndpointResponse,
    idToken: IDToken,
    issuer: KnownIssuer,
    needsUserinfo: boolean = this.settings.userinfo,
  ): Promise<SignedInUser> {
    const userinfo = needsUserinfo ? await this.#userinfo(tokens, idToken.sub, issuer) : undefined;
    const user = userOf({ idToken, userinfo }, this.settings);
    const kept = this.settings.refreshClaims ? this.#options.refreshTokens.kept(tokens.refresh_token) : {};
    return { ...user, attributes: { ...user.attributes, ...kept } };
  }

  #checkAuthentication({ auth_time: authTime, acr }: IDToken, from: string | undefined): void {
    const { acrValues } = this.settings;
    if (acrValues.length > 0 && (typeof acr !== 'string' || !acrValues.includes(acr))) {
      throw refused(`the user authenticated at another level than ${acrValues.join(', ')}`);
    }
    if (from === undefined) return;
    if (typeof authTime !== 'number') {
      throw refused('the issuer does not say when the user authenticated (auth_time)');
    }
    if (authTime < Number(from) - clockToleranceSeconds) {
      throw refused(
        'the user authenticated too long ago, although the issuer was asked to have it done anew',
      );
    }
  }

  async #userinfo(
    { access_token: accessToken }: TokenEndpointResponse,
    subject: string,
    { configuration }: KnownIssuer,
  ): Promise<Record<string, unknown>> {
    try {
      return { ...(await fetchUserInfo(configuration, accessToken, subject)) };
    } catch (error) {
      throw toProviderError(error, 'The userinfo endpoint cannot be asked', 'provider_unavailable');
    }
  }
}

function scopesOf({ scopes, refreshClaims }: OidcSettings): string[] {
  return [...new Set(['openid', ...scopes, ...(refreshClaims ? ['offline_access'] : [])])];
}

/** OpenID Connect Core section 11: a refresh token is given only when the user is asked for consent. */
function promptOf({ refreshClaims }: OidcSettings, force: boolean | undefined): { prompt?: string } {
  const prompts = [...(force === true ? ['login'] : []), ...(refreshClaims ? ['consent'] : [])];
  return prompts.length === 0 ? {} : { prompt: prompts.join(' ') };
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The sign-in is refused: ${reason}.`);
}
