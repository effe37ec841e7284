import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { systemClock } from '../../../src/core/clock.ts';
import { aClient, signingJwk, startOidcProvider } from '../../support/oidc-provider-process.ts';
import { freePort } from '../../support/ports.ts';
import { WebAgent } from '../../support/web-agent.ts';
import { answerOf, callbackUrl, oidcProvider, refusal } from './oidc-set-up.ts';

const client = { redirect_uris: [callbackUrl] };

describe('sign-in by OpenID Connect, with oidc-provider', () => {
  it('gives the user with subject, username, groups, attributes and the session of the issuer', async (t) => {
    const { issuer } = await startOidcProvider(t, {
      client: {
        ...client,
        backchannel_logout_uri: 'http://127.0.0.1:9/',
        backchannel_logout_session_required: true,
      },
    });
    const provider = oidcProvider(t, issuer, {
      attributes: { mail: 'email' },
      accessGroups: ['people'],
      groups: { ops: ['operators', 'reporting'] },
    });
    const user = await provider.finish(await answerOf(provider, 'ana'));
    assert.equal(user.username, 'ana.ruiz');
    assert.equal(user.subject, 'ana');
    assert.deepEqual([...user.accessGroups].sort(), ['operators', 'people', 'reporting', 'staff']);
    assert.equal(user.attributes.mail, 'ana@example.org');
    assert.equal(user.attributes.acr, 'silver');
    assert.equal(user.attributes.amr, 'pwd otp');
    assert.match(user.attributes.authTime ?? '', /^20\d\d-/);
    assert.ok(user.providerSession);
    assert.equal(user.attributes.sid, user.providerSession);
    assert.deepEqual(user.claims?.groups, ['ops', 'staff']);
    assert.deepEqual(user.claims?.['realm_access.roles'], ['deploy', 'audit']);
    assert.equal(user.claims?.nonce, undefined);
  });

  it('asks with PKCE S256, state, nonce and the levels that will do, and shows no secret in the URL', async (t) => {
    const { issuer } = await startOidcProvider(t, { client });
    const provider = oidcProvider(t, issuer, { acrValues: ['gold', 'silver'], scopes: ['email'] });
    const { location, remembered } = await provider.begin({ callbackUrl });
    const asked = new URL(location).searchParams;
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.equal(asked.get('response_type'), 'code');
    assert.equal(asked.get('scope'), 'openid email');
    assert.equal(asked.get('acr_values'), 'gold silver');
    assert.equal(asked.get('state'), remembered.state);
    assert.equal(asked.get('nonce'), remembered.nonce);
    assert.ok(!location.includes(remembered.codeVerifier as string));
    assert.ok(!location.includes(encodeURIComponent(aClient.client_secret)));
    const other = await provider.begin({ callbackUrl });
    for (const name of ['state', 'nonce', 'codeVerifier']) {
      assert.notEqual(other.remembered[name], remembered[name]);
    }
  });

  it('refuses a level of authentication that was not asked for', async (t) => {
    const { issuer } = await startOidcProvider(t, { client });
    const asking = oidcProvider(t, issuer, { acrValues: ['gold'] });
    const user = await asking.finish(await answerOf(asking, 'ana'));
    assert.equal(user.attributes.acr, 'gold');
    const agent = new WebAgent();
    const any = oidcProvider(t, issuer);
    const answer = await answerOf(any, 'ana', {}, agent);
    await assert.rejects(asking.finish(answer), refusal(/at another level than gold/));
  });

  it('takes groups by a path, one group as a text, and the username from another claim', async (t) => {
    const { issuer } = await startOidcProvider(t, { client });
    const byPath = oidcProvider(t, issuer, { groupsClaim: 'realm_access.roles', usernameClaim: 'email' });
    const ana = await byPath.finish(await answerOf(byPath, 'ana'));
    assert.deepEqual(ana.accessGroups, ['deploy', 'audit']);
    assert.equal(ana.username, 'ana@example.org');
    const byText = oidcProvider(t, issuer);
    assert.deepEqual((await byText.finish(await answerOf(byText, 'ben'))).accessGroups, ['staff']);
  });

  it('refuses a user without the claim of the username, and an address that is not verified', async (t) => {
    const { issuer } = await startOidcProvider(t, { client });
    const provider = oidcProvider(t, issuer);
    const nameless = await answerOf(provider, 'nameless');
    await assert.rejects(
      provider.finish(nameless),
      refusal(/no claim preferred_username.*set usernameClaim/),
    );
    const byEmail = oidcProvider(t, issuer, { usernameClaim: 'email' });
    await assert.rejects(byEmail.finish(await answerOf(byEmail, 'ben')), refusal(/not verified/));
  });

  it('proves who it is by secret in the body, by a signed assertion, and by nothing', async (t) => {
    const port = await freePort();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = { ...(privateKey.export({ format: 'jwk' }) as Record<string, string>), kid: 'k1' };
    delete (publicJwk as { d?: string }).d;
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const ways = [
      { method: 'client_secret_post', client: {}, secrets: { clientSecret: aClient.client_secret } },
      {
        method: 'private_key_jwt',
        client: { jwks: { keys: [publicJwk] }, token_endpoint_auth_signing_alg: 'ES256' },
        secrets: { privateKey: pem },
      },
      { method: 'none', client: {}, secrets: {} },
    ] as const;
    for (const way of ways) {
      const idp = await startOidcProvider(t, {
        port,
        client: { ...client, token_endpoint_auth_method: way.method, ...(way.client as object) },
      });
      const provider = oidcProvider(
        t,
        idp.issuer,
        { clientAuthentication: way.method, privateKeyId: 'k1' },
        { secrets: way.secrets },
      );
      const user = await provider.finish(await answerOf(provider, 'ana'));
      assert.equal(user.subject, 'ana', way.method);
      await idp.stop();
    }
  });

  it('has the user authenticate anew when that is asked for, and refuses an authentication of before', async (t) => {
    const { issuer } = await startOidcProvider(t, { client });
    const provider = oidcProvider(t, issuer);
    const agent = new WebAgent();
    await provider.finish(await answerOf(provider, 'ana', {}, agent));
    const again = await answerOf(provider, 'ana', {}, agent);
    assert.equal((await provider.finish(again)).subject, 'ana');
    const { location } = await provider.begin({ callbackUrl, forceAuthentication: true });
    const page = await agent.visit(location, { until: callbackUrl });
    assert.match(page.text, /Sign in/, 'the issuer asks anew');
    // An issuer that ignores the wish is found out by auth_time.
    const ignored = await answerOf(provider, 'ana', {}, agent);
    const later = oidcProvider(t, issuer, {}, { clock: { now: () => Date.now() } });
    const from = String(Math.floor(Date.now() / 1000) + 600);
    await assert.rejects(
      later.finish({ ...ignored, remembered: { ...ignored.remembered, authenticatedFrom: from } }),
      refusal(/authenticated too long ago/),
    );
  });

  it('uses keys that the issuer has changed to, and no key that it has withdrawn', async (t) => {
    const port = await freePort();
    const first = await signingJwk('first');
    const idp = await startOidcProvider(t, { port, keys: [first], client });
    const provider = oidcProvider(t, idp.issuer, {}, { keyPauseMs: 0 });
    await provider.finish(await answerOf(provider, 'ana'));
    await idp.stop();
    const rotated = await startOidcProvider(t, { port, keys: [await signingJwk('second')], client });
    assert.equal((await provider.finish(await answerOf(provider, 'ana'))).subject, 'ana');
    await rotated.stop();
    await startOidcProvider(t, { port, keys: [first], client });
    assert.equal((await provider.finish(await answerOf(provider, 'ana'))).subject, 'ana');
  });

  it('goes on with the last metadata while the issuer is down, and says so when it never read any', async (t) => {
    const idp = await startOidcProvider(t, { client });
    let now = Date.now();
    const clock = systemClock(() => now);
    const provider = oidcProvider(t, idp.issuer, { metadataLifetime: '10s' }, { clock });
    await provider.begin({ callbackUrl });
    await idp.stop();
    now += 20_000;
    const { location } = await provider.begin({ callbackUrl });
    assert.ok(location.startsWith(idp.issuer));
    const never = oidcProvider(t, idp.issuer);
    await assert.rejects(
      never.begin({ callbackUrl }),
      refusal(/cannot be (read|asked)/, 'provider_unavailable'),
    );
  });

  it('gives up on an issuer that does not answer in time', async (t) => {
    const silent = createServer(() => undefined);
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    t.after(() => silent.close().closeAllConnections());
    const provider = oidcProvider(t, `http://127.0.0.1:${port}`, { timeout: '150ms' });
    await assert.rejects(
      provider.begin({ callbackUrl }),
      refusal(/too long|timed out/, 'provider_unavailable'),
    );
  });

  it('says what trying it brought to light', async (t) => {
    const { issuer } = await startOidcProvider(t, { client });
    const { steps } = await oidcProvider(t, issuer).test();
    assert.deepEqual(steps.slice(0, 2), [`read the metadata of ${issuer}`, `read 1 key from ${issuer}/jwks`]);
    assert.match(steps.join('\n'), /it tells of logouts by back channel/);
  });
});
