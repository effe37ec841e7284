import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sessionHistogram } from '../../src/operations/sessions-histogram.ts';
import { listSessions } from '../../src/operations/sessions-list.ts';
import { registerSession } from '../../src/operations/sessions-register.ts';
import { suggestSessions } from '../../src/operations/sessions-suggest.ts';
import { iso, minute } from '../support/manual-clock.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const admin = anAdministrator();
const inEu = anAdministrator({ realm: 'eu' });

/** Sessions of these users, a minute apart, each made in the realm behind its name. */
async function signedIn(t: TestContext, users: readonly (readonly [username: string, realm: string])[]) {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const tokens: string[] = [];
  for (const [username, realm] of users) {
    opened.clock.advance(minute);
    const client = { ip: '192.0.2.7' };
    const registration = { username, realm, client, provider: { type: 'basic', name: 'main' } };
    tokens.push((await call(registerSession, registration, admin)).token);
  }
  return { ...opened, call, tokens };
}

test('a histogram counts what the list has, and ends at the present or where its range does', async (t) => {
  const { call, clock } = await signedIn(t, [
    ['ann', 'default'],
    ['bob', 'default'],
    ['ann', 'eu'],
  ]);
  const last = Math.floor(clock.now() / minute) * minute;
  const histogram = await call(sessionHistogram, { buckets: 3 }, admin);
  assert.deepEqual(histogram, {
    from: iso(last - 2 * minute),
    to: iso(clock.now() + 1),
    bucketMs: minute,
    counts: [1, 1, 1],
    count: 3,
  });
  clock.advance(5 * minute);
  const later = await call(sessionHistogram, { buckets: 20 }, admin);
  assert.equal(later.to, iso(clock.now() + 1));
  assert.deepEqual([later.count, later.counts.at(-1)], [3, 0]);
  const range = { createdTo: iso(clock.now() - 4 * minute) };
  const ofRange = await call(sessionHistogram, { ...range, buckets: 20 }, admin);
  assert.equal(ofRange.to, range.createdTo);
  const byUse = await call(sessionHistogram, { ...range, field: 'lastAccessAt', buckets: 20 }, admin);
  assert.equal(byUse.to, iso(clock.now() + 1), 'the range of another instant');
  const ofAnn = await call(sessionHistogram, { username: 'ann', realm: 'eu' }, admin);
  assert.deepEqual([ofAnn.count, ofAnn.counts[0]], [1, 1]);
  const ofNobody = await call(sessionHistogram, { username: 'nobody' }, admin);
  assert.deepEqual(
    [ofNobody.from, ofNobody.to, ofNobody.counts, ofNobody.count],
    [undefined, undefined, [], 0],
  );
});

test('a histogram of last accesses knows of uses that are not written yet', async (t) => {
  const { call, clock, registry, tokens } = await signedIn(t, [
    ['ann', 'default'],
    ['bob', 'default'],
  ]);
  clock.advance(10 * minute);
  await registry.check(tokens[0]);
  const { to, counts } = await call(sessionHistogram, { field: 'lastAccessAt', buckets: 30 }, admin);
  assert.equal(to, iso(clock.now() + 1));
  assert.equal(counts.at(-1), 1);
});

test('a list has the order that is asked for, over all its pages, and a place of one order is none of another', async (t) => {
  const { call, clock, registry, tokens } = await signedIn(t, [
    ['first', 'default'],
    ['second', 'default'],
    ['third', 'default'],
  ]);
  clock.advance(minute);
  await registry.check(tokens[1]);
  const listed = async (order: string): Promise<string[]> => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await call(
        listSessions,
        { order, limit: 1, ...(cursor === undefined ? {} : { cursor }) },
        admin,
      );
      names.push(...page.sessions.map(({ username }) => username));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return names;
  };
  assert.deepEqual(await listed('-createdAt'), ['third', 'second', 'first']);
  assert.deepEqual(await listed('createdAt'), ['first', 'second', 'third']);
  assert.deepEqual(await listed('-lastAccessAt'), ['second', 'third', 'first']);
  assert.deepEqual(await listed('lastAccessAt'), ['first', 'third', 'second']);
  const { nextCursor } = await call(listSessions, { limit: 1 }, admin);
  await assert.rejects(call(listSessions, { limit: 1, order: 'createdAt', cursor: nextCursor }, admin), {
    code: 'invalid_input',
  });
});

test('suggestions name users, subjects and addresses with their realm', async (t) => {
  const { call } = await signedIn(t, [
    ['Ann', 'default'],
    ['anna', 'default'],
    ['anna', 'eu'],
    ['bob', 'eu'],
  ]);
  const { usernames, addresses } = await call(suggestSessions, { text: 'an' }, admin);
  assert.deepEqual(usernames, [
    { value: 'Ann', realm: 'default', live: 1 },
    { value: 'anna', realm: 'default', live: 1 },
    { value: 'anna', realm: 'eu', live: 1 },
  ]);
  assert.deepEqual(addresses, []);
  assert.deepEqual((await call(suggestSessions, { text: '192.0' }, admin)).addresses, [
    { value: '192.0.2.7', realm: 'default', live: 2 },
    { value: '192.0.2.7', realm: 'eu', live: 2 },
  ]);
});

test('a caller bound to a realm is told nothing of another (P9)', async (t) => {
  const { call } = await signedIn(t, [
    ['ann', 'default'],
    ['anna', 'eu'],
  ]);
  const { usernames } = await call(suggestSessions, { text: 'ann' }, inEu);
  assert.deepEqual(usernames, [{ value: 'anna', realm: 'eu', live: 1 }]);
  assert.deepEqual((await call(suggestSessions, { text: '192.' }, inEu)).addresses, [
    { value: '192.0.2.7', realm: 'eu', live: 1 },
  ]);
  assert.equal((await call(sessionHistogram, {}, inEu)).count, 1);
  await assert.rejects(call(suggestSessions, { text: 'ann', realm: 'default' }, inEu), { code: 'forbidden' });
  await assert.rejects(call(sessionHistogram, { realm: 'default' }, inEu), { code: 'forbidden' });
});
