import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import { SigningKeys } from '../../src/access/signing-keys.ts';
import { sealerWith } from '../../src/core/sealing.ts';
import { hour } from '../support/manual-clock.ts';
import { aSealer, openAccessWithAdmin } from '../support/opened-access.ts';

const day = 24 * hour;

test('the first key is made when it is asked for, and is the same from then on', async (t) => {
  const { access, store, clock } = await openAccessWithAdmin(t);
  assert.equal((await store.records('setting')).length, 0);
  const [one, two] = await Promise.all([access.signingKeys.signer(), access.signingKeys.signer()]);
  assert.equal(one.id, two.id);
  const reopened = new SigningKeys(store, clock, aSealer);
  await reopened.load();
  assert.equal((await reopened.signer()).id, one.id);
});

test('what a key signs is checked by its public part, also after it was replaced', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const signer = await access.signingKeys.signer();
  const token = await new SignJWT({ sub: 'ann' })
    .setProtectedHeader({ alg: signer.algorithm, kid: signer.id })
    .sign(await importJWK(signer.privateJwk, signer.algorithm));
  await access.signingKeys.rotate(admin.origin);
  const shown = (await access.signingKeys.list()).find(({ id }) => id === signer.id);
  assert.ok(shown !== undefined);
  const { payload } = await jwtVerify(token, await importJWK(shown.publicJwk, shown.algorithm));
  assert.equal(payload.sub, 'ann');
  assert.equal('d' in shown.publicJwk, false);
  assert.equal('privateJwk' in shown, false);
});

test('a key that was replaced signs no more, and is forgotten after an hour', async (t) => {
  const { access, clock, admin, store } = await openAccessWithAdmin(t);
  const first = await access.signingKeys.signer();
  const second = await access.signingKeys.rotate(admin.origin);
  assert.equal((await access.signingKeys.signer()).id, second.id);
  assert.deepEqual(
    (await access.signingKeys.list()).map(({ id, expiresAt }) => [id, expiresAt]),
    [
      [second.id, clock.now() + 90 * day],
      [first.id, clock.now() + hour],
    ],
  );
  clock.advance(hour);
  assert.deepEqual(
    (await access.signingKeys.list()).map(({ id }) => id),
    [second.id],
  );
  await access.signingKeys.rotate(admin.origin);
  assert.equal(JSON.stringify(await store.records('setting')).includes(first.id), false);
});

test('a key whose time is over is replaced by itself', async (t) => {
  const { access, clock } = await openAccessWithAdmin(t);
  const first = await access.signingKeys.signer();
  clock.advance(90 * day);
  assert.notEqual((await access.signingKeys.signer()).id, first.id);
});

test('two nodes that replace the key at the same time keep the keys of both', async (t) => {
  const { store, clock, admin } = await openAccessWithAdmin(t);
  const nodes = [new SigningKeys(store, clock, aSealer), new SigningKeys(store, clock, aSealer)];
  const made = await Promise.all(nodes.map((node) => node.rotate(admin.origin)));
  const reopened = new SigningKeys(store, clock, aSealer);
  await reopened.load();
  const kept = (await reopened.list()).map(({ id }) => id);
  assert.deepEqual(kept.sort(), made.map(({ id }) => id).sort());
});

test('the journal says who replaced a key, and never the key', async (t) => {
  const { access, store, admin } = await openAccessWithAdmin(t);
  const { id } = await access.signingKeys.rotate(admin.origin);
  const secret = (await access.signingKeys.signer()).privateJwk.d as string;
  const entry = (await store.journal(0, 100)).at(-1);
  assert.equal(entry?.event, 'signing_key.created');
  assert.deepEqual([entry?.by.name, entry?.detail.keyId], ['admin', id]);
  assert.equal(JSON.stringify(entry).includes(secret), false);
});

test('the secret part of a key lies in the store sealed, and another sealer makes a key of its own', async (t) => {
  const { access, store, clock } = await openAccessWithAdmin(t);
  const signer = await access.signingKeys.signer();
  const kept = JSON.stringify(await store.records('setting'));
  assert.equal(kept.includes(String(signer.privateJwk.d)), false);
  const elsewhere = new SigningKeys(store, clock, sealerWith(Buffer.alloc(32, 8)));
  await elsewhere.load();
  assert.notEqual((await elsewhere.signer()).id, signer.id);
  assert.ok(
    (await elsewhere.list()).some(({ id }) => id === signer.id),
    'the former still checks what it signed',
  );
});
