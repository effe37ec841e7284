import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRefusals, readTimeline } from '../../src/operations/statistics.ts';
import { hour, iso, minute } from '../support/manual-clock.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';

const all = anAdministrator();

test('a timeline tells sign-ins, ends and live sessions of all providers and realms, each by itself too', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { registry, clock } = opened;
  const call = callingOn(opened);
  const start = clock.now();
  await registry.register(aRegistration());
  await registry.register(aRegistration({ realm: 'eu', provider: { type: 'saml', name: 'corp' } }));
  await registry.register(aRegistration({ realm: 'eu', provider: { type: 'ldap', name: 'corp' } }));
  clock.advance(minute);
  await registry.terminate({ selector: { realm: 'eu', all: true }, reason: 'a test', origin: anOrigin });
  const timeline = await call(readTimeline, { from: iso(start), bucketSeconds: 60 }, all);
  assert.deepEqual(
    [timeline.from, timeline.to, timeline.at],
    [iso(start), iso(start + 2 * minute), iso(start + minute)],
  );
  assert.deepEqual(timeline.total.begun, [3, 0]);
  assert.deepEqual(timeline.total.ended.revoked, [0, 2]);
  assert.deepEqual(timeline.total.live, [3, 1]);
  assert.deepEqual(
    timeline.realms.map(({ realm, live }) => [realm, live]),
    [
      ['default', [1, 1]],
      ['eu', [2, 0]],
    ],
  );
  assert.deepEqual(timeline.providers.map(({ provider, live }) => [provider.type, live]).sort(), [
    ['basic', [1, 1]],
    ['ldap', [1, 0]],
    ['saml', [1, 0]],
  ]);
  assert.equal(timeline.completeSince, iso(start + minute - 7 * 24 * hour));
});

test('a span is moved outwards to full buckets, and refused when it holds none or too many', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const now = opened.clock.now();
  const span = { from: iso(now + 61_001), to: iso(now + 2 * minute + 1), bucketSeconds: 60 };
  const { from, to, total } = await call(readTimeline, span, all);
  assert.deepEqual([from, to], [iso(now + minute), iso(now + 3 * minute)]);
  assert.deepEqual(total.live, [0, 0]);
  for (const wrong of [
    { from: iso(now + minute), bucketSeconds: 60 },
    { from: iso(now - minute), to: iso(now - minute), bucketSeconds: 60 },
    { from: iso(now - hour), bucketSeconds: 1 },
    { from: iso(now - hour), bucketSeconds: 0 },
  ]) {
    await assert.rejects(call(readTimeline, wrong, all), { code: 'invalid_input' });
  }
});

test('whoever asks the same within a second gets the same timeline, and a new one later', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { registry, clock, store } = opened;
  const call = callingOn(opened);
  const span = { from: iso(clock.now()), bucketSeconds: 3600 };
  let asked = 0;
  const timeline = store.timeline.bind(store);
  store.timeline = (query) => {
    asked += 1;
    return timeline(query);
  };
  const both = await Promise.all([call(readTimeline, span, all), call(readTimeline, span, all)]);
  assert.deepEqual(both[0], both[1]);
  assert.equal(asked, 1);
  await registry.register(aRegistration());
  clock.advance(10 * minute);
  assert.deepEqual((await call(readTimeline, span, all)).total.live, [1]);
  assert.equal(asked, 2);
});

test('an access that is still in memory keeps its session live in a timeline', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { registry, clock } = opened;
  const { token } = await registry.register(aRegistration());
  clock.advance(29 * minute);
  assert.equal((await registry.check(token)).live, true);
  clock.advance(5 * minute);
  const span = { from: iso(clock.now()), bucketSeconds: 3600 };
  assert.deepEqual((await callingOn(opened)(readTimeline, span, all)).total.live, [1]);
});

test('refused uses of ended sessions are told by address, as soon as they were made', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { registry, clock } = opened;
  const { token, session } = await registry.register(aRegistration());
  await registry.terminate({ selector: { username: 'ann' }, reason: 'a test', origin: anOrigin });
  for (const ip of ['192.0.2.7', '192.0.2.7', undefined])
    await registry.check(token, ip === undefined ? {} : { ip });
  const at = iso(clock.now());
  const found = await callingOn(opened)(readRefusals, {}, all);
  assert.deepEqual(
    { ...found },
    {
      since: iso(clock.now() - 24 * hour),
      count: 2,
      uses: 3,
      addresses: [
        {
          ip: '192.0.2.7',
          uses: 2,
          sessions: 1,
          users: 1,
          usernames: ['ann'],
          sessionIds: [session.id],
          firstAt: at,
          lastAt: at,
        },
        {
          uses: 1,
          sessions: 1,
          users: 1,
          usernames: ['ann'],
          sessionIds: [session.id],
          firstAt: at,
          lastAt: at,
        },
      ],
    },
  );
});

test('a caller of one realm is told of that realm alone, and refused when naming another', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { registry, clock } = opened;
  const call = callingOn(opened);
  const span = { from: iso(clock.now()), bucketSeconds: 60 };
  for (const realm of ['default', 'eu']) {
    const { token } = await registry.register(aRegistration({ realm, username: `${realm} user` }));
    await registry.terminate({ selector: { realm, all: true }, reason: 'a test', origin: anOrigin });
    await registry.check(token, { ip: '192.0.2.7' });
  }
  await call(readTimeline, span, all);
  await call(readRefusals, {}, all);
  const bound = anAdministrator({ realm: 'eu', accessGroups: ['read'] });
  const timeline = await call(readTimeline, span, bound);
  assert.deepEqual(
    timeline.realms.map(({ realm }) => realm),
    ['eu'],
  );
  assert.deepEqual(timeline.total.begun, [1]);
  const { addresses } = await call(readRefusals, {}, bound);
  assert.deepEqual(
    addresses.map(({ uses, usernames }) => [uses, usernames]),
    [[1, ['eu user']]],
  );
  await assert.rejects(call(readTimeline, { ...span, realm: 'default' }, bound), { code: 'forbidden' });
  await assert.rejects(call(readRefusals, { realm: 'default' }, bound), { code: 'forbidden' });
});

test('a session without administrative rights is told nothing', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { session } = await opened.registry.register(aRegistration());
  const call = callingOn(opened);
  const caller = { kind: 'session', session } as const;
  const span = { from: iso(opened.clock.now()), bucketSeconds: 60 };
  await assert.rejects(call(readTimeline, span, caller), { code: 'forbidden' });
  await assert.rejects(call(readRefusals, {}, caller), { code: 'forbidden' });
});
