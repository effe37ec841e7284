import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { restoreBackup } from '../../src/offline.ts';
import { commandLine } from '../cli/command-line.ts';
import { atEnd } from './at-end.ts';
import { startTestServer } from './running-server.ts';
import { adminPassword } from './server-process.ts';

const provider = { type: 'basic', name: 'main' };
const byAdmin = { kind: 'administrator', id: '1', name: 'admin' };

it('P7: every way of terminating leaves an entry: who, through which face, from where, why, how many', async (t) => {
  const server = await startTestServer(t);
  const { client } = server;
  const signIn = (username: string, more: object = {}) =>
    client.sessions.register({ username, provider, ...more });
  const { secret, key } = await client.keys.create({ name: 'shop', scopes: ['terminate'] });
  const { admin: eve } = await client.admins.create({
    username: 'eve',
    password: adminPassword,
    accessGroups: ['read'],
  });
  const ofEve = { accessGroups: ['read'], adminIds: [eve.id] };

  await signIn('ann');
  await signIn('ann');
  await client.revocations.create({ selector: { username: 'ann' }, reason: 'has left' });
  const bob = await signIn('bob');
  await client.sessions.delete({ id: bob.session.id, reason: 'a stolen laptop' });
  await signIn('cat');
  await server
    .as({ bearer: secret })
    .revocations.create({ selector: { username: 'cat' }, reason: 'the shop says so' });
  const dan = await signIn('dan');
  const other = await signIn('dan');
  await server.as({ bearer: dan.token }).me.sessions.deleteOne({ id: other.session.id });
  await server.as({ bearer: dan.token }).me.sessions.delete();
  await signIn('eve', ofEve);
  await client.admins.password({ id: eve.id, password: 'another password', endSessions: true });
  await signIn('eve', ofEve);
  await client.admins.delete({ id: eve.id });
  await client.revocations.create({ selector: { username: 'nobody' }, reason: 'an empty cut is one too' });

  const byDan = { kind: 'session', id: dan.session.id, name: 'dan' };
  const { revocations } = await client.revocations.list();
  const told = revocations
    .reverse()
    .map(({ by, face, from, reason, matched }) => ({ by, face, from, reason, matched }));
  const over = { face: 'http', from: '127.0.0.1' };
  assert.deepEqual(told, [
    { by: byAdmin, ...over, reason: 'has left', matched: 2 },
    { by: byAdmin, ...over, reason: 'a stolen laptop', matched: 1 },
    { by: { kind: 'key', id: key.id, name: 'shop' }, ...over, reason: 'the shop says so', matched: 1 },
    { by: byDan, ...over, reason: 'ended by its own user', matched: 1 },
    { by: byDan, ...over, reason: 'ended by their own user', matched: 1 },
    { by: byAdmin, ...over, reason: `the password of the administrator ${eve.id} was changed`, matched: 1 },
    { by: byAdmin, ...over, reason: 'the administrator eve was removed', matched: 1 },
    { by: byAdmin, ...over, reason: 'an empty cut is one too', matched: 0 },
  ]);
});

it('P7: every change of administration leaves an entry in the journal, and a refused one leaves none', async (t) => {
  const { client, as } = await startTestServer(t);
  const { admin } = await client.admins.create({
    username: 'eve',
    password: adminPassword,
    accessGroups: ['read'],
  });
  await client.admins.update({ id: admin.id, accessGroups: ['clusterAdmins'] });
  await client.admins.password({ id: admin.id, password: 'another password' });
  const eve = as({ basic: { username: 'eve', password: 'another password' } });
  await assert.rejects(eve.admins.update({ id: 1, accessGroups: ['read'] }), { code: 'forbidden' });
  await assert.rejects(eve.keys.create({ name: 'x', scopes: ['check'] }), { code: 'forbidden' });
  const { key } = await client.keys.create({ name: 'shop', scopes: ['check'] });
  await client.keys.delete({ id: key.id });
  const scope = { kind: 'realm' as const, realm: 'shop' };
  await client.policy.set({ scope, rule: { sessionLimit: 3 } });
  await client.policy.delete({ scope });
  await client.admins.delete({ id: admin.id });

  const { entries } = await client.journal.list({ after: 2 });
  assert.deepEqual(
    entries.map(({ event, detail }) => [event, detail.username ?? detail.name ?? detail.scope]),
    [
      ['administrator.created', 'eve'],
      ['administrator.changed', 'eve'],
      ['administrator.password_changed', 'eve'],
      ['key.created', 'shop'],
      ['key.revoked', 'shop'],
      ['policy.set', scope],
      ['policy.removed', scope],
      ['administrator.removed', 'eve'],
    ],
  );
  for (const { by, face, from } of entries)
    assert.deepEqual({ by, face, from }, { by: byAdmin, face: 'http', from: '127.0.0.1' });
  assert.deepEqual(entries[1]?.detail.accessGroups, ['clusterAdmins']);
  const { entries: all } = await client.journal.list();
  assert.deepEqual(all[0]?.by, { kind: 'system', id: 'first start', name: 'first start' });
});

it('P7: every use of an ended session is recorded, with how often and from where', async (t) => {
  const server = await startTestServer(t, { flags: { 'trusted-proxies': 'loopback' } });
  const { client, url } = server;
  const { session, token } = await client.sessions.register({ username: 'ann', provider });
  await client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
  const use = (path: string, from: string) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': from } });
  for (let count = 0; count < 3; count++) assert.equal((await use('/v1/check', '192.0.2.1')).status, 401);
  assert.equal((await use('/v1/check?touch=0', '192.0.2.2')).status, 401);
  assert.equal((await use('/v1/me/sessions', '192.0.2.2')).status, 401);
  assert.equal((await client.sessions.check({ tokens: [token, token] })).verdicts[0]?.live, false);
  const read = async (running: typeof client) =>
    (await running.sessions.get({ id: session.id })).refusedUses
      .map(({ ip, count }) => ({ ip, count }))
      .sort((a, b) => a.ip.localeCompare(b.ip));
  const expected = [
    { ip: '', count: 2 },
    { ip: '192.0.2.1', count: 3 },
    { ip: '192.0.2.2', count: 2 },
  ];
  assert.deepEqual(await read(client), expected);
  await use('/v1/check', '192.0.2.1');
  await server.close();
  const again = await startTestServer(t, { data: server.data });
  assert.deepEqual(
    await read(again.client),
    expected.map((one) => (one.ip === '192.0.2.1' ? { ...one, count: 4 } : one)),
  );
});

it('P7: a restore is recorded with the backup it came from', async (t) => {
  const server = await startTestServer(t);
  await server.client.sessions.register({ username: 'ann', provider });
  const { path } = await server.client.store.backup();
  await server.close();
  const directory = server.data;
  await restoreBackup({ backup: path, directory, replace: true, keepSessions: false, clock: systemClock() });
  const again = await startTestServer(t, { data: directory });
  const [newest] = (await again.client.revocations.list()).revocations;
  assert.equal(newest?.matched, 1);
  assert.match(newest.reason, /^restored from backup curfew-/);
  assert.deepEqual(newest.by, { kind: 'system', id: 'restore', name: 'restore' });
});

it('P7: the command line shows the same evidence to a person', async (t) => {
  const server = await startTestServer(t);
  const line = commandLine();
  atEnd(t, () => line.remove());
  const env = { CURFEW_URL: server.url, CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: adminPassword };
  await server.client.sessions.register({ username: 'ann', provider });
  await line.run(['terminate', '--username', 'ann', '--reason', 'has left', '--yes'], { env });
  const shown = await line.run(['revocations', 'list'], { env });
  for (const fact of ['has left', 'admin', 'ann'])
    assert.ok(shown.stdout.includes(fact), `${fact}: ${shown.stdout}`);
  const [newest] = (await server.client.revocations.list()).revocations;
  assert.deepEqual([newest?.matched, newest?.reason, newest?.by.name], [1, 'has left', 'admin']);
});
