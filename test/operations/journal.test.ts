import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmin } from '../../src/operations/admins.ts';
import { readJournal } from '../../src/operations/journal.ts';
import { createKey } from '../../src/operations/keys.ts';
import { setPolicy } from '../../src/operations/policy.ts';
import { anAdministrator, aPassword, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const all = anAdministrator();

test('the journal is read in pages that miss nothing and repeat nothing', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  for (const name of ['a', 'b', 'c', 'd']) await call(createKey, { name, scopes: ['check'] }, all);
  const seen: number[] = [];
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: { entries: { seq: number }[]; next?: number | undefined } = await call(
      readJournal,
      { after, limit: 2 },
      all,
    );
    assert.ok(page.entries.length <= 2);
    seen.push(...page.entries.map(({ seq }) => seq));
    after = page.next;
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
});

test('an entry says who did what through which face from where, linked to the one before', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  await call(createKey, { name: 'shop', realm: 'r1', scopes: ['check'] }, all);
  const { entries } = await call(readJournal, {}, all);
  const [first, second] = entries;
  assert.equal(first?.event, 'administrator.created');
  assert.deepEqual(
    [second?.event, second?.by.name, second?.face, second?.from, second?.at, second?.previousHash],
    ['key.created', 'admin', 'http', '192.0.2.9', '2030-01-01T00:00:00.000Z', first?.hash],
  );
  assert.equal(second?.detail.realm, 'r1');
});

test('P9: one bound to a realm reads what concerns that realm and nothing else', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const bound = anAdministrator({ realm: 'r1' });
  for (const realm of ['r1', 'r2']) {
    await call(
      createAdmin,
      { username: `ann-${realm}`, password: aPassword, accessGroups: ['read'], realm },
      all,
    );
    await call(createKey, { name: 'shop', realm, scopes: ['check'] }, all);
    await call(setPolicy, { scope: { kind: 'realm', realm }, preset: 'pci' }, all);
  }
  await call(setPolicy, { scope: { kind: 'default' }, preset: 'pci' }, all);
  const { entries, next } = await call(readJournal, {}, bound);
  assert.deepEqual(
    entries.map(({ event }) => event),
    ['administrator.created', 'key.created', 'policy.set'],
  );
  assert.equal(next, undefined);
  assert.doesNotMatch(JSON.stringify(entries), /r2/);
  const page = await call(readJournal, { limit: 2 }, bound);
  assert.deepEqual([page.entries.length, typeof page.next], [2, 'number']);
});

test('who may only read does not read the journal', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  await assert.rejects(call(readJournal, {}, anAdministrator({ accessGroups: ['read'] })), {
    code: 'forbidden',
  });
});

test('the last entries are given the newest first, however many there are, within the border of the caller', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  assert.deepEqual(
    (await call(readJournal, { newest: true, limit: 3 }, all)).entries.map(({ seq }) => seq),
    [1],
  );
  for (let n = 0; n < 20; n++)
    await call(createKey, { name: `key ${n}`, realm: n % 5 === 0 ? 'eu' : 'us', scopes: ['check'] }, all);
  for (const limit of [1, 3, 21, 100]) {
    const { entries, next } = await call(readJournal, { newest: true, limit }, all);
    assert.equal(next, undefined);
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      Array.from({ length: Math.min(limit, 21) }, (_, index) => 21 - index),
    );
  }
  const bound = anAdministrator({ realm: 'eu' });
  const { entries } = await call(readJournal, { newest: true, limit: 3 }, bound);
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    [17, 12, 7],
  );
});
