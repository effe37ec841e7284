import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../../../src/core/address.ts';
import { sampleGroup, samplePopulation, sampleRealm } from '../../../src/session/samples/population.ts';
import { deadlineOf } from '../../../src/session/session.ts';
import { hour, startOfTime } from '../../support/manual-clock.ts';

const { before, cuts, after } = samplePopulation(startOfTime);
const all = [...before, ...after];

test('the samples are the same each time, but for the ids', () => {
  const told = (one: ReturnType<typeof samplePopulation>) =>
    [...one.before, ...one.after].map(({ session: { id: _id, ...session } }) => session);
  assert.deepEqual(told(samplePopulation(startOfTime)), told({ before, cuts, after }));
  assert.ok(all.length > 3000 && all.length < 5000);
});

test('every sample and every cut is of the realm of the samples, and bears no right', () => {
  for (const { session } of all) {
    assert.equal(session.realm, sampleRealm);
    assert.ok(session.accessGroups.includes(sampleGroup));
    for (const right of ['administrator', 'clusterAdmins', 'read']) {
      assert.ok(!session.accessGroups.includes(right));
    }
    assert.deepEqual(session.adminIds, []);
  }
  for (const { selector, reason } of cuts) {
    assert.equal(selector.realm, sampleRealm);
    assert.match(reason, /^Sample: /);
  }
});

test('the addresses of the samples belong to nobody', () => {
  const documents = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'].map((text) => {
    const range = parseNetwork(text);
    assert.ok(range !== undefined);
    return range;
  });
  for (const { session } of all) {
    const ip = session.client.ip ?? '';
    const address = parseNetwork(ip)?.from;
    assert.ok(address !== undefined, ip);
    assert.ok(
      documents.some(
        ({ from, to }) => Buffer.compare(address, from) >= 0 && Buffer.compare(address, to) <= 0,
      ),
      ip,
    );
  }
});

test('the samples were made within the last days, used since, and most of them may live on for hours', () => {
  let living = 0;
  for (const { session, loggedOutAt, displaces } of all) {
    assert.ok(session.createdAt <= startOfTime && session.createdAt > startOfTime - 6 * 24 * hour);
    assert.ok(session.lastAccessAt >= session.createdAt && session.lastAccessAt <= startOfTime);
    if (displaces === undefined && loggedOutAt === undefined) {
      const deadline = deadlineOf(session);
      if (deadline === null || deadline > startOfTime + hour) living++;
    }
  }
  assert.ok(living > 2000);
});
