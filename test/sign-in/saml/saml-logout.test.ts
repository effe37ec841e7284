import assert from 'node:assert/strict';
import { createSign } from 'node:crypto';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import type { ProviderAnswer } from '../../../src/sign-in/provider.ts';
import { startSamlIdp } from '../../support/saml-idp-process.ts';
import {
  assertionXml,
  idpMetadataXml,
  type KeyPair,
  logoutRequestXml,
  newKeyPair,
  ofLogoutRequest,
  responseParts,
  signed,
} from '../../support/saml-messages.ts';
import { aStoredSession } from '../../support/sessions.ts';
import { formOf, WebAgent } from '../../support/web-agent.ts';
import {
  answerOf,
  entityId,
  forger,
  forgerySetUp,
  logoutUrl,
  providerOf,
  publicUrl,
  refusal,
  samlProvider,
} from './saml-set-up.ts';

const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const sha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

function nameId(value: string, format = persistent): string {
  return `<saml:NameID Format="${format}">${value}</saml:NameID>`;
}

/** A right request for logout, with changes. */
function request(changes: Partial<Parameters<typeof logoutRequestXml>[0]> = {}): string {
  return logoutRequestXml({
    issuer: forger.entityId,
    destination: logoutUrl,
    nameIdXml: nameId('ana@example.org'),
    sessionIndexes: ['_s1'],
    ...changes,
  });
}

function posted(xml: string): ProviderAnswer {
  const form = new URLSearchParams({ SAMLRequest: Buffer.from(xml).toString('base64'), RelayState: 'r' });
  return { url: new URL(logoutUrl), form, remembered: {} };
}

/** The query of the redirect binding, signed. */
function signedQuery(xml: string, { key }: KeyPair, name = 'SAMLRequest', algorithm = sha256): string {
  const message = encodeURIComponent(deflateRawSync(xml).toString('base64'));
  const query = `${name}=${message}&RelayState=r&SigAlg=${encodeURIComponent(algorithm)}`;
  const hash = algorithm.includes('sha1') ? 'RSA-SHA1' : 'RSA-SHA256';
  return `${query}&Signature=${encodeURIComponent(createSign(hash).update(query).sign(key, 'base64'))}`;
}

function redirected(query: string): ProviderAnswer {
  return { url: new URL(`${logoutUrl}?${query}`), form: new URLSearchParams(), remembered: {} };
}

describe('single logout of SAML, begun by the identity provider', () => {
  it('names subject and sessions, by redirect and by post, and answers with a signed response', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const xml = request({ sessionIndexes: ['_s1', '_s2'], id: '_r1' });
    for (const message of [posted(signed(xml, ofLogoutRequest, keys)), redirected(signedQuery(xml, keys))]) {
      const read = await provider.receiveLogout(message);
      assert.equal(read.subject, 'ana@example.org');
      assert.deepEqual(read.sessionKeys, ['_s1', '_s2']);
      assert.equal(read.message?.id, '_r1');
      const location = new URL((read.answer as { location: string }).location);
      assert.equal(`${location.origin}${location.pathname}`, `${forger.base}/slo`);
      assert.ok(location.searchParams.get('SAMLResponse') && location.searchParams.get('Signature'));
      assert.equal(location.searchParams.get('RelayState'), 'r');
    }
  });

  it('a request without a SessionIndex means every session of the subject', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const read = await provider.receiveLogout(redirected(signedQuery(request({ sessionIndexes: [] }), keys)));
    assert.deepEqual([read.subject, read.sessionKeys], ['ana@example.org', undefined]);
  });

  it('a transient NameID names a session by its index alone', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const xml = request({ nameIdXml: nameId('_t1', transient) });
    const read = await provider.receiveLogout(redirected(signedQuery(xml, keys)));
    assert.deepEqual([read.subject, read.sessionKeys], [undefined, ['_s1']]);
  });

  const wrong: Record<string, [Partial<Parameters<typeof logoutRequestXml>[0]>, RegExp]> = {
    'of another issuer': [{ issuer: 'https://evil.example' }, /another issuer/],
    'sent to another destination': [{ destination: 'https://other.example/slo' }, /another destination/],
    'from long ago': [{ issuedAt: Date.now() - 3_600_000 }, /time is over/],
    'from the future': [{ issuedAt: Date.now() + 3_600_000 }, /has not come/],
    'whose time is over': [{ notOnOrAfter: Date.now() - 120_000 }, /time is over/],
    'that names nobody': [{ nameIdXml: '' }, /names nobody/],
    'that names two': [{ nameIdXml: nameId('ana') + nameId('ben') }, /more than one NameID/],
    'with an empty SessionIndex': [{ sessionIndexes: [''] }, /names nobody/],
  };
  for (const [what, [changes, pattern]] of Object.entries(wrong)) {
    it(`a request ${what} is refused`, async (t) => {
      const { provider, keys } = await forgerySetUp(t);
      const xml = request(changes);
      await assert.rejects(provider.receiveLogout(redirected(signedQuery(xml, keys))), refusal(pattern));
      await assert.rejects(
        provider.receiveLogout(posted(signed(xml, ofLogoutRequest, keys))),
        refusal(pattern),
      );
    });
  }

  it('a request without a signature, or signed by another key, is refused in both bindings', async (t) => {
    const { provider } = await forgerySetUp(t);
    const other = await newKeyPair('another');
    const bare = `SAMLRequest=${encodeURIComponent(deflateRawSync(request()).toString('base64'))}`;
    const refused = [
      redirected(bare),
      redirected(signedQuery(request(), other)),
      redirected(signedQuery(request(), other, 'SAMLRequest', 'http://www.w3.org/2000/09/xmldsig#rsa-sha1')),
      posted(request()),
      posted(signed(request(), ofLogoutRequest, other)),
    ];
    for (const message of refused) {
      await assert.rejects(provider.receiveLogout(message), refusal(/sign/));
    }
  });

  it('a query is refused in which another message hides behind the signed one', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const query = signedQuery(request(), keys);
    const evil = encodeURIComponent(deflateRawSync(request({ nameIdXml: nameId('ben') })).toString('base64'));
    const disguised = [
      `SAMLRequest=${evil}&${query}`,
      `${query}&SAMLRequest=${evil}`,
      `%53AMLRequest=${evil}&${query}`,
      `${query}&%53AMLRequest=${evil}`,
      `SAMLResponse=${evil}&${query}`,
      query.replace('RelayState=r', 'RelayState=other'),
      query.replace(/SAMLRequest=[^&]*/, `SAMLRequest=${evil}`),
    ];
    for (const one of disguised) {
      await assert.rejects(provider.receiveLogout(redirected(one)), refusal(/refused/), one.slice(0, 40));
    }
    // A parameter of another name changes nothing.
    const read = await provider.receiveLogout(redirected(`xSAMLRequest=${evil}&${query}`));
    assert.equal(read.subject, 'ana@example.org');
  });

  it('a captured assertion within a forged request signs nothing of it', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const parts = responseParts({
      issuer: forger.entityId,
      audience: entityId,
      recipient: logoutUrl,
      inResponseTo: '_r',
      assertionId: '_captured',
    });
    const whole = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">${assertionXml(parts)}</samlp:Response>`;
    const captured = signed(whole, "/*/*[local-name(.)='Assertion']", keys);
    const [assertion = ''] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(captured) ?? [];
    const [signature = ''] = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(assertion) ?? [];
    const forged = [
      request().replace('</samlp:LogoutRequest>', `${assertion}</samlp:LogoutRequest>`),
      request({ id: '_captured' }).replace('</samlp:LogoutRequest>', `${assertion}</samlp:LogoutRequest>`),
      request({ id: '_captured' }).replace('</saml:Issuer>', `</saml:Issuer>${signature}`),
    ];
    for (const xml of forged) await assert.rejects(provider.receiveLogout(posted(xml)), refusal(/sign/));
  });

  it('a document type, a bomb of packed bytes, and bytes that are no text are refused', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const refused = [
      redirected(signedQuery(`<!DOCTYPE a>${request()}`, keys)),
      redirected(signedQuery(' '.repeat(3_000_000), keys)),
      redirected('SAMLRequest=%ff&SigAlg=a&Signature=b'),
      posted(`<!DOCTYPE a>${signed(request(), ofLogoutRequest, keys)}`),
      { ...posted(''), form: new URLSearchParams({ SAMLRequest: '!!!' }) },
      { ...posted(''), form: new URLSearchParams({ SAMLRequest: '//8=' }) },
      {
        ...posted(''),
        form: new URLSearchParams([
          ['SAMLRequest', 'AAAA'],
          ['SAMLResponse', 'AAAA'],
        ]),
      },
    ];
    for (const message of refused) {
      await assert.rejects(provider.receiveLogout(message), refusal(/refused|not read/));
    }
  });

  it('a message with more in it than any logout has is refused before its signature is looked at', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const many = request({ nameIdXml: `${nameId('ana')}${'<saml:b/>'.repeat(500)}` });
    await assert.rejects(
      provider.receiveLogout(redirected(signedQuery(many, keys))),
      refusal(/more than 400/),
    );
    await assert.rejects(provider.receiveLogout(posted(many)), refusal(/more than 400/));
    const long = request({ nameIdXml: nameId('a'.repeat(40_000)) });
    await assert.rejects(provider.receiveLogout(posted(long)), refusal(/longer than|too long/));
  });

  it('without a key, or a place for the answer, the sessions end all the same and a plain page says so', async (t) => {
    const { provider, keys } = await forgerySetUp(t);
    const metadata = idpMetadataXml(forger.entityId, forger.base, [keys.certificate], { logout: false });
    const silent = await samlProvider(t, { metadata });
    const message = redirected(signedQuery(request(), keys));
    const read = await silent.receiveLogout(message);
    assert.equal(read.subject, 'ana@example.org');
    assert.deepEqual(read.answer, { body: 'signed out\n', mediaType: 'text/plain' });
    assert.ok('location' in (await provider.receiveLogout(message)).answer);
  });
});

describe('single logout of SAML, with samlify', () => {
  it('begun here: the identity provider takes the signed request, and its answer leads back', async (t) => {
    const idp = await startSamlIdp(t);
    const provider = await providerOf(t, idp);
    const agent = new WebAgent();
    const user = await provider.finish(await answerOf(provider, 'ana@example.org', {}, agent));
    const session = aStoredSession({
      subject: user.subject as string,
      attributes: user.attributes,
      providerSession: user.providerSession,
    });
    const place = await provider.logoutUrl(session, `${publicUrl}/sign-in/signed-out`);
    const back = await agent.visit(place as string, { until: publicUrl });
    const read = await provider.receiveLogout(redirected(back.url.search.slice(1)));
    assert.deepEqual(read, { answer: { location: `${publicUrl}/sign-in/signed-out` } });
  });

  it('begun here: an answer leads nowhere but here, whatever it carries', async (t) => {
    const idp = await startSamlIdp(t);
    const provider = await providerOf(t, idp);
    const agent = new WebAgent();
    const user = await provider.finish(await answerOf(provider, 'ana@example.org', {}, agent));
    const session = aStoredSession({ subject: user.subject as string, attributes: user.attributes });
    for (const returnTo of [
      'https://evil.example/',
      `${publicUrl}.evil.example/`,
      `${publicUrl}//evil.example/`,
    ]) {
      const { searchParams } = new URL((await provider.logoutUrl(session, returnTo)) as string);
      const relay = searchParams.get('RelayState') ?? '';
      assert.ok(relay === '' || relay.startsWith('/'));
    }
    const place = await provider.logoutUrl(session, `${publicUrl}//evil.example/`);
    const back = await agent.visit(place as string, { until: publicUrl });
    const { answer } = await provider.receiveLogout(redirected(back.url.search.slice(1)));
    assert.deepEqual(answer, { location: `${publicUrl}/` });
  });

  for (const binding of ['redirect', 'post'] as const) {
    it(`begun there, by ${binding}: the session is named, and the identity provider takes the answer`, async (t) => {
      const idp = await startSamlIdp(t);
      const provider = await providerOf(t, idp);
      const agent = new WebAgent();
      const user = await provider.finish(await answerOf(provider, 'ana@example.org', {}, agent));
      const start = `${idp.base}/start-logout?binding=${binding}&session=${encodeURIComponent(user.providerSession as string)}`;
      const sent = await agent.visit(start, { until: publicUrl });
      const message: ProviderAnswer =
        binding === 'redirect'
          ? redirected(sent.url.search.slice(1))
          : { url: new URL(logoutUrl), form: new URLSearchParams(formOf(sent).values), remembered: {} };
      const read = await provider.receiveLogout(message);
      // samlify names no SessionIndex of its own accord, so that every session of the subject is meant.
      assert.equal(read.subject, 'ana@example.org');
      const done = await agent.visit((read.answer as { location: string }).location);
      assert.match(done.text, /signed out everywhere/);
    });
  }
});
