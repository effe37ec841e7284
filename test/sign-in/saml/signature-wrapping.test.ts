import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertionXml,
  ofAssertion,
  ofResponse,
  type ResponseParts,
  responseXml,
  signed,
} from '../../support/saml-messages.ts';
import { forgerySetUp, refusal } from './saml-set-up.ts';

/** The pieces that the attacks put together anew. */
interface Pieces {
  /** The right response, signed, and the signed part of it. */
  readonly response: string;
  readonly assertion: string;
  /** The signature alone, and the signed part without it. */
  readonly signature: string;
  readonly bare: string;
  /** An assertion of the attacker's: another name, no signature. */
  readonly evil: string;
}

/**
 * The eight ways of "On Breaking SAML" (Somorovsky et al., 2012, section 4): what was signed stays in the document, where
 * the signature finds it, and the attacker's own is put where a careless reader looks.
 */
const wrappings: Record<string, { signs: 'response' | 'assertion'; wrap: (pieces: Pieces) => string }> = {
  '1: the signed response within the signature of a forged one': {
    signs: 'response',
    wrap: ({ response, signature, bare, evil }) =>
      forgedResponse(response, evil).replace(
        '</samlp:Status>',
        `</samlp:Status>${signature.replace('</ds:Signature>', `${bare}</ds:Signature>`)}`,
      ),
  },
  '2: the signed response beside a detached signature in a forged one': {
    signs: 'response',
    wrap: ({ response, signature, bare, evil }) =>
      forgedResponse(response, evil).replace('</samlp:Status>', `</samlp:Status>${bare}${signature}`),
  },
  '3: a forged assertion before the signed one': {
    signs: 'assertion',
    wrap: ({ response, assertion, evil }) => response.replace(assertion, evil + assertion),
  },
  '4: the signed assertion within a forged one': {
    signs: 'assertion',
    wrap: ({ response, assertion, evil }) =>
      response.replace(assertion, evil.replace('</saml:Assertion>', `${assertion}</saml:Assertion>`)),
  },
  '5: the signature moved to a forged assertion, the signed one behind it': {
    signs: 'assertion',
    wrap: ({ response, assertion, signature, bare, evil }) =>
      response.replace(assertion, withSignature(evil, signature) + bare),
  },
  '6: the signed assertion within the signature of a forged one': {
    signs: 'assertion',
    wrap: ({ response, assertion, signature, bare, evil }) =>
      response.replace(
        assertion,
        withSignature(evil, signature.replace('</ds:Signature>', `${bare}</ds:Signature>`)),
      ),
  },
  '7: the forged assertion in extensions, the signed one in its place': {
    signs: 'assertion',
    wrap: ({ response, evil }) =>
      response.replace('</samlp:Status>', `</samlp:Status><samlp:Extensions>${evil}</samlp:Extensions>`),
  },
  '8: the signed assertion in an object of the signature of a forged one': {
    signs: 'assertion',
    wrap: ({ response, assertion, signature, bare, evil }) =>
      response.replace(
        assertion,
        withSignature(
          evil,
          signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`),
        ),
      ),
  },
};

/** The response with the attacker's assertion, an id of its own, and no signature. */
function forgedResponse(response: string, evil: string): string {
  return response
    .replace(/<ds:Signature[\s\S]*?<\/ds:Signature>/, '')
    .replace(/<saml:Assertion[\s\S]*<\/saml:Assertion>/, evil)
    .replace(/ ID="[^"]+"/, ' ID="_forged"');
}

function withSignature(assertion: string, signature: string): string {
  return assertion.replace('</saml:Issuer>', `</saml:Issuer>${signature}`);
}

function piecesOf(parts: ResponseParts, response: string, evilId: string): Pieces {
  const [signature = ''] = /<ds:Signature[\s\S]*?<\/ds:Signature>/.exec(response) ?? [];
  const [assertion = ''] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(response) ?? [];
  const isWhole = response.indexOf(signature) < response.indexOf(assertion);
  const evil = assertionXml({ ...parts, assertionId: evilId, nameId: 'admin@example.org' });
  return {
    response,
    assertion,
    signature,
    bare: (isWhole ? response : assertion).replace(signature, ''),
    evil,
  };
}

describe('signature wrapping in SAML', () => {
  for (const [name, { signs, wrap }] of Object.entries(wrappings)) {
    it(`never lets the forged name in, by way ${name}`, async (t) => {
      for (const policy of ['assertion', 'response', 'either', 'both']) {
        // The forged one bears an id of its own, or that of the one that was signed.
        for (const doubled of [false, true]) {
          const { begin, finish, keys } = await forgerySetUp(t, { signed: policy });
          const { parts, remembered } = await begin();
          const path = signs === 'response' ? ofResponse : ofAssertion;
          const response = signed(responseXml(parts), path, keys);
          const xml = wrap(piecesOf(parts, response, doubled ? parts.assertionId : '_evil'));
          assert.ok(xml.includes('admin@example.org') && xml.includes('ana@example.org'));
          const outcome = await finish(xml, remembered).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            assert.ok(refusal(/./)(outcome as never), `${policy} ${doubled}`);
          } else {
            const user = outcome as Awaited<ReturnType<typeof finish>>;
            assert.equal(user.subject, 'ana@example.org', `${policy} ${doubled}`);
          }
        }
      }
    });
  }

  it('never lets a second signature, a second reference or a foreign id stand for the first', async (t) => {
    const { begin, finish, keys } = await forgerySetUp(t);
    const { parts, remembered } = await begin();
    const response = signed(responseXml(parts), ofAssertion, keys);
    const { signature, assertion } = piecesOf(parts, response, '_evil');
    const [reference = ''] = /<ds:Reference[\s\S]*?<\/ds:Reference>/.exec(signature) ?? [];
    const spoilt = [
      response.replace(signature, signature + signature),
      response.replace(reference, reference + reference),
      response.replace(reference, reference.replace(/URI="[^"]*"/, 'URI=""')),
      response.replace(assertion, assertion + assertion),
      response.replace(assertion, assertion.replace(' ID=', ' Id=')),
    ];
    for (const xml of spoilt) {
      assert.notEqual(xml, response);
      await assert.rejects(finish(xml, remembered), refusal(/./));
    }
  });
});
