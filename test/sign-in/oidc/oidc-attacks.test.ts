import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { generateKeyPair, UnsecuredJWT } from 'jose';
import type { Claims } from '../../../src/sign-in/oidc/claims.ts';
import type { OidcProvider } from '../../../src/sign-in/oidc/provider.ts';
import type { ProviderAnswer, SignedInUser } from '../../../src/sign-in/provider.ts';
import { type ForgingIssuer, startForgingIssuer } from '../../support/forging-issuer.ts';
import { startOidcProvider } from '../../support/oidc-provider-process.ts';
import { answerOf, callbackUrl, oidcProvider, refusal } from './oidc-set-up.ts';

const secrets = { clientSecret: 'of a client that the forger knows' };

interface Forgery {
  /** Claims over the right ones. */
  claims?: Claims;
  header?: Record<string, string>;
  /** The ID token itself, in place of one made of claims and header. */
  token?: (claims: Claims) => Promise<string> | string;
  /** Parameters of the answer over the right ones; null leaves one out. */
  answer?: Record<string, string | null>;
  userinfo?: Record<string, unknown>;
  settings?: Record<string, unknown>;
}

/** Begins a sign-in and finishes it with what the issuer forged. */
async function signInBy(t: TestContext, issuer: ForgingIssuer, forgery: Forgery = {}): Promise<SignedInUser> {
  const provider = oidcProvider(t, issuer.issuer, forgery.settings, { secrets });
  return provider.finish(await forgedAnswer(provider, issuer, forgery));
}

async function forgedAnswer(
  provider: OidcProvider,
  issuer: ForgingIssuer,
  { claims = {}, header, token, answer = {}, userinfo = {} }: Forgery,
): Promise<ProviderAnswer> {
  const { remembered } = await provider.begin({ callbackUrl });
  const right = { sub: 'ana', preferred_username: 'ana.ruiz', nonce: remembered.nonce, ...claims };
  const idToken = token === undefined ? await issuer.sign(right, header) : await token(right);
  issuer.tokens = () => ({ access_token: 'a', token_type: 'bearer', expires_in: 60, id_token: idToken });
  issuer.userinfo = { sub: 'ana', ...userinfo };
  const url = new URL(callbackUrl);
  const parameters = { code: 'c', state: remembered.state as string, iss: issuer.issuer, ...answer };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null) url.searchParams.set(name, value);
  }
  return { url, form: new URLSearchParams(), remembered };
}

describe('forged answers of OpenID Connect', () => {
  it('the forger itself would be let in if it forged nothing', async (t) => {
    const issuer = await startForgingIssuer(t);
    assert.equal((await signInBy(t, issuer)).username, 'ana.ruiz');
  });

  it('an answer of another issuer is refused, and its code is never sent anywhere (mix-up, RFC 9207)', async (t) => {
    const issuer = await startForgingIssuer(t);
    const other = await startForgingIssuer(t);
    await assert.rejects(signInBy(t, issuer, { answer: { iss: other.issuer } }), refusal(/unexpected "iss"/));
    await assert.rejects(signInBy(t, issuer, { answer: { iss: null } }), refusal(/"iss"/));
    assert.ok(!issuer.asked.includes('/token'));
    assert.ok(!other.asked.includes('/token'));
  });

  it('an answer at the callback of another provider is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    const answer = await forgedAnswer(provider, issuer, {});
    const elsewhere = new URL(answer.url.href.replace('/main/', '/other/'));
    await assert.rejects(provider.finish({ ...answer, url: elsewhere }), refusal(/not the answer/));
    const renamed = { ...answer.remembered, issuer: 'https://former.example' };
    await assert.rejects(provider.finish({ ...answer, remembered: renamed }), refusal(/set up anew/));
  });

  it('a wrong, missing or doubled state is refused before the code is sent anywhere', async (t) => {
    const issuer = await startForgingIssuer(t);
    await assert.rejects(signInBy(t, issuer, { answer: { state: 'another' } }), refusal(/state/));
    await assert.rejects(signInBy(t, issuer, { answer: { state: null } }), refusal(/state/));
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    const answer = await forgedAnswer(provider, issuer, {});
    answer.url.searchParams.append('state', answer.remembered.state as string);
    await assert.rejects(provider.finish(answer), refusal(/state/));
    assert.ok(!issuer.asked.includes('/token'));
  });

  it('an answer without a sign-in that began here is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    const answer = await forgedAnswer(provider, issuer, {});
    await assert.rejects(provider.finish({ ...answer, remembered: {} }), refusal(/began here/));
  });

  const wrongClaims: Record<string, [Claims, RegExp]> = {
    'a nonce of another sign-in': [{ nonce: 'of another' }, /nonce/],
    'no nonce': [{ nonce: undefined }, /nonce/],
    'another issuer': [{ iss: 'https://evil.example' }, /iss/],
    'another audience': [{ aud: 'another client' }, /aud/],
    'another party beside the audience': [{ aud: ['curfew', 'other'], azp: 'other' }, /azp/],
    'a time that is over': [{ exp: Math.floor(Date.now() / 1000) - 3600 }, /exp|timestamp/],
    'a time that has not come': [{ nbf: Math.floor(Date.now() / 1000) + 3600 }, /nbf|timestamp/],
    'no subject': [{ sub: undefined }, /sub/],
    'an empty subject': [{ sub: '' }, /sub/],
    'a subject with a line break': [{ sub: 'ana\nadmin' }, /control characters/],
  };
  for (const [what, [claims, pattern]] of Object.entries(wrongClaims)) {
    it(`an ID token with ${what} is refused`, async (t) => {
      const issuer = await startForgingIssuer(t);
      await assert.rejects(signInBy(t, issuer, { claims }), refusal(pattern));
    });
  }

  it('an ID token without a signature (alg: none) is refused, also when the issuer says it signs none', async (t) => {
    const issuer = await startForgingIssuer(t);
    const token = (claims: Claims) =>
      new UnsecuredJWT({ iss: issuer.issuer, aud: 'curfew', ...claims })
        .setIssuedAt()
        .setExpirationTime('5m')
        .encode();
    await assert.rejects(signInBy(t, issuer, { token }), refusal(/alg/));
    issuer.metadata = { id_token_signing_alg_values_supported: ['none', 'RS256'] };
    await assert.rejects(signInBy(t, issuer, { token }), refusal(/./));
  });

  it('an ID token signed with HS256 and the public key, or the client secret, is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    issuer.metadata = { id_token_signing_alg_values_supported: ['HS256', 'RS256'] };
    const pem = createPublicKey({ key: issuer.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    for (const secret of [pem as string, secrets.clientSecret]) {
      const token = (claims: Claims) =>
        issuer.sign(claims, { alg: 'HS256' }, new TextEncoder().encode(secret));
      await assert.rejects(signInBy(t, issuer, { token }), refusal(/alg/));
    }
  });

  it('an ID token signed with another key, under the kid of the right one or its own, is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    const { privateKey } = await generateKeyPair('RS256');
    for (const kid of ['right', 'wrong']) {
      const token = (claims: Claims) => issuer.sign(claims, { kid }, privateKey);
      await assert.rejects(signInBy(t, issuer, { token }), refusal(/signature|no applicable key/));
    }
  });

  it('a signed part that was exchanged for another is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    const token = async (claims: Claims) => {
      const [header, , signature] = (await issuer.sign(claims)).split('.');
      const [, body] = (await issuer.sign({ ...claims, sub: 'admin' })).split('.');
      return [header, body, signature].join('.');
    };
    await assert.rejects(signInBy(t, issuer, { token }), refusal(/signature/));
  });

  it('userinfo of another subject is refused, and adds claims but replaces none of the ID token', async (t) => {
    const issuer = await startForgingIssuer(t);
    const settings = { userinfo: true };
    await assert.rejects(
      signInBy(t, issuer, { settings, userinfo: { sub: 'admin', groups: ['admins'] } }),
      refusal(/userinfo/i, 'provider_unavailable'),
    );
    const user = await signInBy(t, issuer, {
      settings,
      userinfo: { groups: ['ops'], preferred_username: 'admin', acr: 'gold' },
    });
    assert.deepEqual(user.accessGroups, ['ops']);
    assert.equal(user.username, 'ana.ruiz');
    assert.equal(user.attributes.acr, undefined);
  });

  it('the session may last no longer than session_expiry', async (t) => {
    const issuer = await startForgingIssuer(t);
    const user = await signInBy(t, issuer, { claims: { session_expiry: 2_000_000_000 } });
    assert.equal(user.endsAt, 2_000_000_000_000);
    await assert.rejects(
      signInBy(t, issuer, { claims: { session_expiry: 'never' } }),
      refusal(/session_expiry/),
    );
  });

  it('a refusal of the issuer is told by its code, and a text that is none is not repeated', async (t) => {
    const issuer = await startForgingIssuer(t);
    const answer = { error: 'access_denied', error_description: '<script>' };
    await assert.rejects(signInBy(t, issuer, { answer }), refusal(/the issuer says access_denied\.$/));
    await assert.rejects(
      signInBy(t, issuer, { answer: { error: '<script>alert(1)</script>' } }),
      refusal(/without a proper code\.$/),
    );
  });

  it('an issuer whose metadata names another issuer, or places that are neither https nor here, is not used', async (t) => {
    const issuer = await startForgingIssuer(t);
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    issuer.metadata = { issuer: 'https://evil.example' };
    await assert.rejects(provider.begin({ callbackUrl }), refusal(/issuer/, 'provider_unavailable'));
    issuer.metadata = { token_endpoint: 'http://192.0.2.1/token' };
    await assert.rejects(provider.begin({ callbackUrl }), refusal(/token_endpoint/, 'provider_unavailable'));
    issuer.metadata = { jwks_uri: 'http://192.0.2.1/keys' };
    await assert.rejects(provider.begin({ callbackUrl }), refusal(/jwks_uri/, 'provider_unavailable'));
    assert.throws(() => oidcProvider(t, 'http://idp.example.org'));
  });

  it('a code is good once, and only with the verifier of the sign-in that asked for it', async (t) => {
    const { issuer } = await startOidcProvider(t, { client: { redirect_uris: [callbackUrl] } });
    const provider = oidcProvider(t, issuer);
    const answer = await answerOf(provider, 'ana');
    await provider.finish(answer);
    await assert.rejects(provider.finish(answer), refusal(/invalid_grant/));
    const stolen = await answerOf(provider, 'ana');
    const { remembered } = await provider.begin({ callbackUrl });
    const { state, nonce } = stolen.remembered;
    await assert.rejects(
      provider.finish({ ...stolen, remembered: { ...remembered, state, nonce } as Record<string, string> }),
      refusal(/invalid_grant/),
    );
  });
});
