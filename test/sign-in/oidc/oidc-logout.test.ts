import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { generateKeyPair, UnsecuredJWT } from 'jose';
import { systemClock } from '../../../src/core/clock.ts';
import type { Claims } from '../../../src/sign-in/oidc/claims.ts';
import type { ProviderAnswer, ReceivedLogout } from '../../../src/sign-in/provider.ts';
import { type ForgingIssuer, startForgingIssuer } from '../../support/forging-issuer.ts';
import { startOidcProvider } from '../../support/oidc-provider-process.ts';
import { freePort } from '../../support/ports.ts';
import { aStoredSession } from '../../support/sessions.ts';
import { WebAgent } from '../../support/web-agent.ts';
import { answerOf, callbackUrl, oidcProvider, refusal } from './oidc-set-up.ts';

const logoutUrl = 'http://127.0.0.1:9/sign-in/default/main/logout';
const event = 'http://schemas.openid.net/event/backchannel-logout';
const secrets = { clientSecret: 'of a client that the forger knows' };

/** The claims of a logout token that is right. */
function rightClaims(changes: Claims = {}): Claims {
  return { sub: 'ana', sid: 's1', jti: 'j1', events: { [event]: {} }, ...changes };
}

function messageWith(token: string): ProviderAnswer {
  return { url: new URL(logoutUrl), form: new URLSearchParams({ logout_token: token }), remembered: {} };
}

describe('back-channel logout of OpenID Connect', () => {
  const receive = async (
    t: TestContext,
    issuer: ForgingIssuer,
    token: string,
    offsetMs = 0,
  ): Promise<ReceivedLogout> => {
    const clock = systemClock(() => Date.now() + offsetMs);
    return oidcProvider(t, issuer.issuer, {}, { secrets, clock }).receiveLogout(messageWith(token));
  };

  it('names subject and session, and the message that must be carried out once only', async (t) => {
    const issuer = await startForgingIssuer(t);
    const read = await receive(t, issuer, await issuer.sign(rightClaims(), { typ: 'logout+jwt' }));
    assert.equal(read.subject, 'ana');
    assert.deepEqual(read.sessionKeys, ['s1']);
    assert.equal(read.message?.id, 'j1');
    assert.ok((read.message?.endsAt ?? 0) > Date.now());
    assert.deepEqual(read.answer, { body: '', mediaType: 'text/plain' });
  });

  it('takes a token with a subject alone, a session alone, and the types that issuers send', async (t) => {
    const issuer = await startForgingIssuer(t);
    const subjectAlone = await receive(t, issuer, await issuer.sign(rightClaims({ sid: undefined })));
    assert.deepEqual([subjectAlone.subject, subjectAlone.sessionKeys], ['ana', undefined]);
    const sessionAlone = await receive(
      t,
      issuer,
      await issuer.sign(rightClaims({ sub: undefined }), { typ: 'JWT' }),
    );
    assert.deepEqual([sessionAlone.subject, sessionAlone.sessionKeys], [undefined, ['s1']]);
  });

  const now = Math.floor(Date.now() / 1000);
  const wrong: Record<string, [Claims, Record<string, string>, RegExp]> = {
    'of another issuer': [{ iss: 'https://evil.example' }, {}, /"iss"/],
    'for another audience': [{ aud: 'another' }, {}, /"aud"/],
    'without an audience': [{ aud: undefined }, {}, /"aud"/],
    'whose time is over': [{ exp: now - 600 }, {}, /"exp"/],
    'without an end': [{ exp: undefined }, {}, /"exp"/],
    'without a time of issue': [{ iat: undefined }, {}, /"iat"/],
    'issued long ago': [{ iat: now - 3600 }, {}, /"iat"/],
    'issued in the future': [{ iat: now + 3600, exp: now + 7200 }, {}, /"iat"/],
    'without an id': [{ jti: undefined }, {}, /"jti"/],
    'without an event': [{ events: undefined }, {}, /events/],
    'of another event': [{ events: { 'https://example.org/other': {} } }, {}, /events/],
    'whose event is no object': [{ events: { [event]: true } }, {}, /events/],
    'with a nonce, as an ID token has': [{ nonce: 'n' }, {}, /nonce/],
    'without subject and session': [{ sub: undefined, sid: undefined }, {}, /neither sub nor sid/],
    'whose session is no text': [{ sid: { $ne: '' } }, {}, /no text/],
    'of another type': [{}, { typ: 'at+jwt' }, /typ/],
  };
  for (const [what, [claims, header, pattern]] of Object.entries(wrong)) {
    it(`a token ${what} is refused`, async (t) => {
      const issuer = await startForgingIssuer(t);
      await assert.rejects(
        receive(t, issuer, await issuer.sign(rightClaims(claims), header)),
        refusal(pattern),
      );
    });
  }

  it('a token without a signature, signed by a secret, or by another key is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    const { privateKey } = await generateKeyPair('RS256');
    const whole = { iss: issuer.issuer, aud: 'curfew', iat: now, exp: now + 60, ...rightClaims() };
    const tokens = [
      new UnsecuredJWT(whole).encode(),
      await issuer.sign(rightClaims(), { alg: 'HS256' }, new TextEncoder().encode(secrets.clientSecret)),
      await issuer.sign(rightClaims(), {}, privateKey),
      'no token at all',
    ];
    for (const token of tokens) await assert.rejects(receive(t, issuer, token), refusal(/refused/));
  });

  it('a made-up key makes Curfew ask for the keys once, not each time', async (t) => {
    const issuer = await startForgingIssuer(t);
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    for (let count = 0; count < 5; count++) {
      const token = await issuer.sign(rightClaims(), { kid: `made up ${count}` });
      await assert.rejects(provider.receiveLogout(messageWith(token)), refusal(/no applicable key/));
    }
    assert.equal(issuer.asked.filter((path) => path === '/keys').length, 1);
  });

  it('a form without a token, or with two, is refused', async (t) => {
    const issuer = await startForgingIssuer(t);
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    const message = messageWith(await issuer.sign(rightClaims()));
    message.form.append('logout_token', 'another');
    await assert.rejects(provider.receiveLogout(message), refusal(/expected one logout_token/));
    message.form.delete('logout_token');
    await assert.rejects(provider.receiveLogout(message), refusal(/expected one logout_token/));
  });

  it('oidc-provider sends a token at its logout that names the session it signed in', async (t) => {
    const received: ProviderAnswer[] = [];
    const port = await freePort();
    const at = `http://127.0.0.1:${port}/logout`;
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      received.push({ url: new URL(at), form: new URLSearchParams(body), remembered: {} });
      response.writeHead(200).end();
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.after(() => server.close().closeAllConnections());
    const returnTo = 'http://127.0.0.1:9/signed-out';
    const { issuer } = await startOidcProvider(t, {
      client: {
        redirect_uris: [callbackUrl],
        post_logout_redirect_uris: [returnTo],
        backchannel_logout_uri: at,
        backchannel_logout_session_required: true,
      },
    });
    const provider = oidcProvider(t, issuer);
    const agent = new WebAgent();
    const user = await provider.finish(await answerOf(provider, 'ana', {}, agent));
    const session = aStoredSession({ subject: 'ana', providerSession: user.providerSession });
    const end = await provider.logoutUrl(session, returnTo);
    assert.ok(end?.startsWith(`${issuer}/session/end?`));
    assert.ok(!end?.includes('id_token'));
    const confirm = await agent.visit(end as string);
    const back = await agent.submit(confirm, {}, { until: returnTo });
    assert.ok(back.url.href.startsWith(returnTo));
    assert.equal(received.length, 1);
    const read = await provider.receiveLogout(received[0] as ProviderAnswer);
    assert.deepEqual(read.sessionKeys, [user.providerSession]);
    assert.equal(read.subject, 'ana');
  });

  it('an issuer without a place to end its session leaves the browser here', async (t) => {
    const issuer = await startForgingIssuer(t);
    const provider = oidcProvider(t, issuer.issuer, {}, { secrets });
    assert.equal(await provider.logoutUrl(aStoredSession(), 'http://127.0.0.1:9/'), undefined);
  });
});
