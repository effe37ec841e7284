import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../src/core/clock.ts';
import {
  newKeyPair,
  ofAssertion,
  ofResponse,
  type ResponseParts,
  responseXml,
  signed,
} from '../../support/saml-messages.ts';
import { forgerySetUp, refusal } from './saml-set-up.ts';

const minute = 60_000;
const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

describe('forged assertions of SAML', () => {
  it('the forger itself is let in if it forges nothing', async (t) => {
    const { signIn } = await forgerySetUp(t);
    assert.equal((await signIn({})).subject, 'ana@example.org');
  });

  const wrong: Record<string, [Partial<ResponseParts>, RegExp]> = {
    'for another audience': [{ audience: 'https://other.example' }, /another audience/],
    'for no audience': [{ audience: '' }, /names no audience/],
    'of another issuer': [{ issuer: 'https://evil.example' }, /another issuer/],
    'sent to another recipient': [
      { recipient: 'https://other.example/acs', destination: undefined },
      /another recipient/,
    ],
    'in a response sent to another destination': [
      { destination: 'https://other.example/acs' },
      /another destination/,
    ],
    'that answers the request of another browser': [
      { inResponseTo: '_of-another', envelopeInResponseTo: undefined },
      /request of this browser/,
    ],
    'in a response that answers the request of another browser': [
      { envelopeInResponseTo: '_of-another' },
      /request of this browser/,
    ],
    'that answers no request': [
      { inResponseTo: '', envelopeInResponseTo: undefined },
      /request of this browser/,
    ],
    'whose conditions are over': [{ notOnOrAfter: Date.now() - 2 * minute }, /time is over/],
    'whose conditions have not come': [{ notBefore: Date.now() + 2 * minute }, /time has not come/],
    'that may no longer be sent': [{ confirmationNotOnOrAfter: Date.now() - 2 * minute }, /time is over/],
    'that may be sent for ever': [{ confirmationNotOnOrAfter: undefined }, /NotOnOrAfter/],
    'whose session is over': [{ sessionNotOnOrAfter: Date.now() - 2 * minute }, /session is over/],
    'that its bearer is not the subject of': [
      { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' },
      /nobody who bears it/,
    ],
    'of another version': [{ version: '1.1' }, /not one of SAML 2.0/],
    'with a condition that is not known': [
      { conditions: '<x:Only xmlns:x="https://example.org/x"/>' },
      /condition that is not known/,
    ],
    'with a second audience that is another': [
      { conditions: '<saml:AudienceRestriction><saml:Audience>b</saml:Audience></saml:AudienceRestriction>' },
      /another audience/,
    ],
    'of nobody': [{ nameIdXml: '' }, /tells no NameID/],
    'of two': [
      { nameIdXml: '<saml:NameID>ana</saml:NameID><saml:NameID>admin</saml:NameID>' },
      /more than one NameID/,
    ],
    'whose NameID holds an element': [
      { nameIdXml: '<saml:NameID>ad<saml:b/>min</saml:NameID>' },
      /more than a text/,
    ],
    'with a status that is no success': [
      { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
      /says Responder/,
    ],
  };
  for (const [what, [changes, pattern]] of Object.entries(wrong)) {
    it(`an assertion ${what} is refused`, async (t) => {
      const { signIn } = await forgerySetUp(t);
      await assert.rejects(signIn(changes), refusal(pattern));
    });
  }

  it('an assertion signed by the key of another identity provider is refused, also with its certificate inside', async (t) => {
    const { signIn } = await forgerySetUp(t);
    await assert.rejects(signIn({}, await newKeyPair('another')), refusal(/[Ii]nvalid signature/));
  });

  it('an assertion without a signature is refused, under every policy', async (t) => {
    for (const policy of ['assertion', 'response', 'both', 'either']) {
      const { begin, finish } = await forgerySetUp(t, { signed: policy });
      const { parts, remembered } = await begin();
      await assert.rejects(finish(responseXml(parts), remembered), refusal(/signature/), policy);
    }
  });

  it('each policy refuses what signs less than it asks for', async (t) => {
    const refused: Record<string, readonly string[]> = {
      assertion: [ofResponse],
      response: [ofAssertion],
      both: [ofAssertion, ofResponse],
    };
    for (const [policy, paths] of Object.entries(refused)) {
      for (const path of paths) {
        const { begin, finish, keys } = await forgerySetUp(t, { signed: policy });
        const { parts, remembered } = await begin();
        const xml = signed(responseXml(parts), path, keys);
        await assert.rejects(finish(xml, remembered), refusal(/signature/), `${policy} ${path}`);
      }
    }
  });

  it('a signed assertion that was changed afterwards is refused', async (t) => {
    const { begin, finish, keys } = await forgerySetUp(t);
    const { parts, remembered } = await begin({ attributes: { groups: ['staff'] } });
    const xml = signed(responseXml(parts), ofAssertion, keys);
    for (const [from, to] of [
      ['ana@example.org', 'admin@example.org'],
      ['>staff<', '>admins<'],
      [persistent, 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
    ] as const) {
      assert.ok(xml.includes(from));
      await assert.rejects(finish(xml.replace(from, to), remembered), refusal(/[Ii]nvalid signature/));
    }
  });

  it('a comment in the NameID makes nobody of a part of it', async (t) => {
    const { begin, finish, keys } = await forgerySetUp(t);
    const { parts, remembered } = await begin({ nameId: 'admin@example.org.evil.example' });
    const xml = signed(responseXml(parts), ofAssertion, keys);
    assert.equal((await finish(xml, remembered)).subject, 'admin@example.org.evil.example');
    const commented = xml.replace('admin@example.org.evil', 'admin@example.org<!---->.evil');
    await assert.rejects(finish(commented, remembered), refusal(/comment/));
    const instructed = xml.replace('admin@example.org.evil', 'admin@example.org<?x?>.evil');
    await assert.rejects(finish(instructed, remembered), refusal(/instruction/));
    const wrapped = xml.replace('admin@example.org', '<![CDATA[admin@example.org]]>');
    await assert.rejects(finish(wrapped, remembered), refusal(/CDATA/));
  });

  it('a document type, an entity and their expansion are refused before anything is read', async (t) => {
    const { begin, finish, keys } = await forgerySetUp(t);
    const { parts, remembered } = await begin();
    const xml = signed(responseXml(parts), ofAssertion, keys);
    const bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
    await assert.rejects(finish(bomb + xml, remembered), refusal(/document type/));
    const outside = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
    await assert.rejects(finish(outside + xml, remembered), refusal(/document type/));
    await assert.rejects(finish(xml.replace('ana@', '&x;ana@'), remembered), refusal(/entity/));
    await assert.rejects(finish(xml.replace('ana@', '&#0;ana@'), remembered), refusal(/entity/));
  });

  it('a message that is too long, too deep, not whole, or no XML is refused', async (t) => {
    const { begin, finish } = await forgerySetUp(t);
    const { parts, remembered } = await begin();
    const xml = responseXml(parts);
    const unreadable: [string, RegExp][] = [
      [`${xml}${' '.repeat(300_000)}`, /too long|longer than/],
      ['<a>'.repeat(70) + '</a>'.repeat(70), /nested deeper/],
      [xml.slice(0, -5), /no whole document|does not end|without its start/],
      [xml + xml, /more than one root/],
      ['<a b=c/>', /cannot be read/],
      ['<a b="1" b="2"/>', /twice/],
      ['<a:b/>', /prefix without a namespace/],
      ['not XML', /outside of its root/],
      ['<a>\u0001</a>', /control characters/],
    ];
    for (const [text, pattern] of unreadable)
      await assert.rejects(finish(text, remembered), refusal(pattern));
  });

  it('SHA-1 is refused, unless it was allowed', async (t) => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
    const strict = await forgerySetUp(t);
    const begun = await strict.begin();
    const weak = signed(responseXml(begun.parts), ofAssertion, strict.keys, sha1);
    await assert.rejects(strict.finish(weak, begun.remembered), refusal(/allowSha1/));
    const lax = await forgerySetUp(t, { allowSha1: true });
    const again = await lax.begin();
    const taken = signed(responseXml(again.parts), ofAssertion, lax.keys, sha1);
    assert.equal((await lax.finish(taken, again.remembered)).subject, 'ana@example.org');
  });

  it('an answer is refused at another callback, without its sign-in, and when there are two', async (t) => {
    const { provider, begin, keys } = await forgerySetUp(t);
    const { parts, remembered } = await begin();
    const field = Buffer.from(signed(responseXml(parts), ofAssertion, keys)).toString('base64');
    const url = new URL(parts.recipient);
    const form = new URLSearchParams({ SAMLResponse: field });
    const elsewhere = new URL(parts.recipient.replace('corp', 'other'));
    await assert.rejects(provider.finish({ url: elsewhere, form, remembered }), refusal(/began here/));
    await assert.rejects(provider.finish({ url, form, remembered: {} }), refusal(/began here/));
    const twice = new URLSearchParams([
      ['SAMLResponse', field],
      ['SAMLResponse', field],
    ]);
    await assert.rejects(provider.finish({ url, form: twice, remembered }), refusal(/one SAMLResponse/));
    await assert.rejects(
      provider.finish({ url, form: new URLSearchParams(), remembered }),
      refusal(/one SAMLResponse/),
    );
  });

  it('the same assertion bears the same id for the store to refuse it a second time', async (t) => {
    const { begin, finish, keys } = await forgerySetUp(t);
    const { parts, remembered } = await begin();
    const xml = signed(responseXml(parts), ofAssertion, keys);
    const first = await finish(xml, remembered);
    const again = await finish(xml.replace(parts.responseId, '_another'), remembered);
    assert.equal(again.answerId, first.answerId);
    assert.ok(first.answerId?.includes(parts.assertionId));
  });

  it('an assertion is refused when its time has passed on the way', async (t) => {
    let offset = 0;
    const clock = systemClock(() => Date.now() + offset);
    const { begin, finish, keys } = await forgerySetUp(t, { clockSkew: '30s' }, clock);
    const { parts, remembered } = await begin();
    const xml = signed(responseXml(parts), ofAssertion, keys);
    offset = 5 * minute;
    assert.equal((await finish(xml, remembered)).subject, 'ana@example.org', 'within the skew');
    offset = 6 * minute;
    await assert.rejects(finish(xml, remembered), refusal(/time is over/));
  });

  it('an assertion that claims to be encrypted, without a key or with rubbish, is refused in the same words', async (t) => {
    const { begin, finish } = await forgerySetUp(t);
    const { parts, remembered } = await begin();
    const rubbish = (algorithm: string) =>
      responseXml(parts).replace(
        /<saml:Assertion .*<\/saml:Assertion>/s,
        `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptionMethod Algorithm="${algorithm}"/><e:CipherData><e:CipherValue>AAAA</e:CipherValue></e:CipherData></e:EncryptedData></saml:EncryptedAssertion>`,
      );
    const gcm = rubbish('http://www.w3.org/2009/xmlenc11#aes256-gcm');
    await assert.rejects(finish(gcm, remembered), refusal(/cannot be decrypted\.$/));
    const weak = rubbish('http://www.w3.org/2001/04/xmlenc#tripledes-cbc');
    await assert.rejects(finish(weak, remembered), refusal(/algorithm that is not taken/));
  });
});
