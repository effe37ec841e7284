import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { systemClock } from '../../../src/core/clock.ts';
import { freePort } from '../../support/ports.ts';
import { startSamlIdp } from '../../support/saml-idp-process.ts';
import { idpMetadataXml, newKeyPair } from '../../support/saml-messages.ts';
import {
  answerOf,
  callbackUrl,
  entityId,
  forger,
  logoutUrl,
  providerOf,
  refusal,
  samlProvider,
} from './saml-set-up.ts';

describe('sign-in by SAML, with samlify', () => {
  it('gives the user with NameID as subject, groups, attributes and the session of the identity provider', async (t) => {
    const idp = await startSamlIdp(t, { sessionMs: 3_600_000 });
    const provider = await providerOf(t, idp, {
      usernameAttribute: 'uid',
      attributes: { mail: 'urn:oid:0.9.2342.19200300.100.1.3' },
      groups: { ops: ['operators'] },
    });
    const answer = await answerOf(provider, 'ana@example.org');
    assert.equal(answer.url.href, callbackUrl);
    const user = await provider.finish(answer);
    assert.equal(user.username, 'ana.ruiz');
    assert.equal(user.subject, 'ana@example.org');
    assert.deepEqual([...user.accessGroups].sort(), ['operators', 'staff']);
    assert.equal(user.attributes.mail, 'ana@example.org');
    assert.match(user.attributes.acr ?? '', /PasswordProtectedTransport$/);
    assert.match(user.providerSession ?? '', /^_/);
    assert.equal(user.attributes.sessionIndex, user.providerSession);
    assert.deepEqual(user.claims?.NameID, ['ana@example.org']);
    assert.deepEqual(user.claims?.groups, ['ops', 'staff']);
    const lifeMs = (user.endsAt ?? 0) - Date.now();
    assert.ok(lifeMs > 3_000_000 && lifeMs <= 3_600_000, 'ends when the identity provider says');
    assert.ok(user.answerId?.includes(idp.entityId));
  });

  it('signs its request, so that the identity provider refuses one that was changed', async (t) => {
    const idp = await startSamlIdp(t);
    const provider = await providerOf(t, idp);
    const { location } = await provider.begin({ callbackUrl });
    const changed = new URL(location);
    changed.searchParams.set('SAMLRequest', 'fZE=');
    assert.equal((await fetch(location)).status, 200);
    assert.equal((await fetch(changed)).status, 500);
  });

  it('gives no subject for a transient NameID, and another username each time', async (t) => {
    const idp = await startSamlIdp(t, { isTransient: true });
    const provider = await providerOf(t, idp);
    const first = await provider.finish(await answerOf(provider, 'ana@example.org'));
    const second = await provider.finish(await answerOf(provider, 'ana@example.org'));
    assert.equal(first.subject, undefined);
    assert.notEqual(first.username, second.username);
    assert.equal(first.attributes.nameId, first.username);
  });

  it('takes an assertion that is encrypted, and one within a signed response', async (t) => {
    const encrypting = await startSamlIdp(t, { encrypts: true });
    const provider = await providerOf(t, encrypting, { requireEncryption: true });
    const answer = await answerOf(provider, 'ana@example.org');
    const sent = Buffer.from(answer.form.get('SAMLResponse') ?? '', 'base64').toString();
    assert.ok(sent.includes('EncryptedAssertion') && !sent.includes('ana@example.org'));
    assert.equal((await provider.finish(answer)).subject, 'ana@example.org');
    const signing = await startSamlIdp(t, { signsResponse: true });
    for (const policy of ['response', 'both', 'either', 'assertion']) {
      const strict = await providerOf(t, signing, { signed: policy });
      const user = await strict.finish(await answerOf(strict, 'ana@example.org'));
      assert.equal(user.subject, 'ana@example.org', policy);
    }
  });

  it('refuses what the identity provider refuses, in its words', async (t) => {
    const idp = await startSamlIdp(t);
    const provider = await providerOf(t, idp);
    await assert.rejects(provider.finish(await answerOf(provider, 'nobody')), refusal(/says AuthnFailed/));
  });

  it('asks for authentication anew and refuses one of before', async (t) => {
    const idp = await startSamlIdp(t);
    let offset = 0;
    const clock = systemClock(() => Date.now() + offset);
    const provider = await samlProvider(t, { metadata: idp.metadata, clockSkew: '5s' }, { clock });
    await idp.tell({ serviceProvider: (await provider.metadata()).body });
    const anew = await provider.finish(
      await answerOf(provider, 'ana@example.org', { forceAuthentication: true }),
    );
    assert.equal(anew.subject, 'ana@example.org');
    offset = 60_000;
    const stale = await answerOf(provider, 'ana@example.org', { forceAuthentication: true });
    await assert.rejects(provider.finish(stale), refusal(/too long ago/));
    const recent = await answerOf(provider, 'ana@example.org', { maxAgeSeconds: 300 });
    assert.equal((await provider.finish(recent)).subject, 'ana@example.org');
  });

  it('refuses another way of authentication than was asked for', async (t) => {
    const idp = await startSamlIdp(t);
    const authnContexts = ['urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken'];
    const provider = await providerOf(t, idp, { authnContexts });
    await assert.rejects(
      provider.finish(await answerOf(provider, 'ana@example.org')),
      refusal(/authenticated in another way/),
    );
  });

  it('tells the identity provider of itself: where answers and logouts go, and its key for both uses', async (t) => {
    const provider = await samlProvider(t, {
      metadata: idpMetadataXml(forger.entityId, forger.base, [(await newKeyPair('idp')).certificate]),
      nameIdFormat: 'persistent',
    });
    const { body, mediaType } = await provider.metadata();
    assert.equal(mediaType, 'application/samlmetadata+xml');
    assert.ok(body.includes(`entityID="${entityId}"`));
    assert.ok(body.includes(`Location="${callbackUrl}"`));
    assert.equal(body.split(`Location="${logoutUrl}"`).length, 3, 'by redirect and by post');
    assert.ok(body.includes('use="signing"') && body.includes('use="encryption"'));
    assert.ok(body.includes('WantAssertionsSigned="true"'));
    assert.ok(!body.includes('PRIVATE'));
  });

  it('reads metadata from a URL, follows a change of keys, and goes on with the last while it is away', async (t) => {
    const first = await startSamlIdp(t);
    let served = first.metadata;
    let status = 200;
    const port = await freePort();
    const server = createServer((_request, response) => response.writeHead(status).end(served));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.after(() => server.close().closeAllConnections());
    let offset = 0;
    const clock = systemClock(() => Date.now() + offset);
    const provider = await samlProvider(
      t,
      { metadataUrl: `http://127.0.0.1:${port}/`, metadataLifetime: '10m', clockSkew: '5m' },
      { clock },
    );
    await first.tell({ serviceProvider: (await provider.metadata()).body });
    await provider.finish(await answerOf(provider, 'ana@example.org'));
    const next = await newKeyPair('the next key');
    await first.tell({ keys: next });
    served = idpMetadataXml(first.entityId, first.base, [first.keys.certificate, next.certificate]);
    offset = 61_000;
    const user = await provider.finish(await answerOf(provider, 'ana@example.org'));
    assert.equal(user.subject, 'ana@example.org', 'an unknown key has the metadata read anew');
    status = 500;
    offset = 200_000;
    const still = await provider.finish(await answerOf(provider, 'ana@example.org'));
    assert.equal(still.subject, 'ana@example.org');
    served = '<not metadata';
    status = 200;
    offset = 250_000;
    const yet = await provider.finish(await answerOf(provider, 'ana@example.org'));
    assert.equal(yet.subject, 'ana@example.org');
    await assert.rejects(provider.test(), refusal(/cannot be used/, 'provider_unavailable'));
  });

  it('refuses metadata whose time is over, that names no key, or that is no metadata', async (t) => {
    const { certificate } = await newKeyPair('idp');
    const over = idpMetadataXml(forger.entityId, forger.base, [certificate], {
      validUntil: Date.now() - 1000,
    });
    const provider = await samlProvider(t, { metadata: over });
    await assert.rejects(provider.begin({ callbackUrl }), refusal(/was valid until/, 'provider_unavailable'));
    const unusable: [string, RegExp][] = [
      [idpMetadataXml(forger.entityId, forger.base, []), /names no certificate/],
      [idpMetadataXml(forger.entityId, 'http://idp.example.org', [certificate]), /takes no requests/],
      ['<a/>', /no EntityDescriptor/],
      [`<!DOCTYPE a>${over}`, /document type/],
    ];
    for (const [metadata, pattern] of unusable) {
      await assert.rejects(samlProvider(t, { metadata }), refusal(pattern, 'invalid_input'));
    }
    await assert.rejects(samlProvider(t, {}), refusal(/either metadata or metadataUrl/, 'invalid_input'));
  });

  it('says what trying it brought to light', async (t) => {
    const idp = await startSamlIdp(t);
    const { steps } = await (await providerOf(t, idp)).test();
    assert.deepEqual(steps, [
      `read the metadata of ${idp.entityId}`,
      'it signs with one certificate',
      `it takes requests at ${idp.base}/sso`,
      'found the key to sign with',
      `it takes logouts at ${idp.base}/slo`,
    ]);
  });
});
