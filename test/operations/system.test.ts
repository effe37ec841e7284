import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getLogLevel, setLogLevel } from '../../src/operations/log-level.ts';
import { getSetting, setSetting } from '../../src/operations/settings.ts';
import { listSigningKeys, rotateSigningKey } from '../../src/operations/signing-keys.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const admin = anAdministrator();
const bound = anAdministrator({ realm: 'eu' });
const reader = anAdministrator({ accessGroups: ['read'] });

test('the log level is set, shown and put into the journal', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const calling = callingOn(opened);
  await calling(setLogLevel, { level: 'debug' }, admin);
  assert.deepEqual({ ...(await calling(getLogLevel, {}, reader)) }, { level: 'debug' });
  const entry = (await opened.store.journal(0, 100)).at(-1);
  assert.deepEqual([entry?.event, entry?.detail], ['log_level.set', { level: 'debug', before: 'info' }]);
});

test('the log level, the signing key and settings are for administrators of all realms alone', async (t) => {
  const calling = callingOn(await openAccessWithAdmin(t));
  const setting = { name: 'ibm-dsc', value: {}, ifVersion: 0 };
  for (const caller of [bound, reader, anAdministrator({ accessGroups: ['clusterAdmins'] })]) {
    await assert.rejects(calling(setLogLevel, { level: 'silent' }, caller), { code: 'forbidden' });
    await assert.rejects(calling(rotateSigningKey, {}, caller), { code: 'forbidden' });
    await assert.rejects(calling(setSetting, setting, caller), { code: 'forbidden' });
  }
});

test('the signing key is shown without its secret part, and replaced', async (t) => {
  const calling = callingOn(await openAccessWithAdmin(t));
  const { keys } = await calling(listSigningKeys, {}, admin);
  assert.deepEqual(Object.keys(keys[0] ?? {}).sort(), ['algorithm', 'createdAt', 'expiresAt', 'id']);
  const { key } = await calling(rotateSigningKey, {}, admin);
  assert.deepEqual(
    (await calling(listSigningKeys, {}, admin)).keys.map(({ id }) => id),
    [key.id, keys[0]?.id],
  );
});

test('a setting is kept, and a change in between is refused', async (t) => {
  const calling = callingOn(await openAccessWithAdmin(t));
  assert.deepEqual(
    { ...(await calling(getSetting, { name: 'ibm-dsc' }, reader)) },
    { value: {}, version: 0 },
  );
  await calling(setSetting, { name: 'ibm-dsc', value: { a: [1] }, ifVersion: 0 }, admin);
  assert.deepEqual(
    { ...(await calling(getSetting, { name: 'ibm-dsc' }, reader)) },
    { value: { a: [1] }, version: 1 },
  );
  await assert.rejects(calling(setSetting, { name: 'ibm-dsc', value: {}, ifVersion: 0 }, admin), {
    code: 'changed_meanwhile',
  });
});

test('a setting reaches no other record, whatever its name', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const calling = callingOn(opened);
  await opened.access.signingKeys.signer();
  assert.deepEqual((await calling(getSetting, { name: 'signing-keys' }, reader)).value, {});
  for (const name of ['../signing-keys', 'face/ibm', '', 'A', '__proto__']) {
    await assert.rejects(calling(getSetting, { name }, admin), { code: 'invalid_input' });
  }
});
