import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { registerSession } from '../../src/operations/sessions-register.ts';
import { rereadSession } from '../../src/operations/sessions-reread.ts';
import { minute } from '../support/manual-clock.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const admin = anAdministrator();

async function world(t: TestContext) {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { id } = await opened.access.administrators.create(
    { username: 'bob', accessGroups: ['read'], realm: null, password: 'long enough' },
    opened.admin,
  );
  const signIn = async (changes: Record<string, unknown> = {}) => {
    const registration = { username: 'bob', provider: { type: 'basic', name: 'main' }, ...changes };
    return (await call(registerSession, registration, admin)).session;
  };
  const reread = (session: string, caller = admin) => call(rereadSession, { id: session }, caller);
  return { ...opened, bob: id, signIn, reread };
}

test('a session bound to an administrator gets the access groups that the record holds now', async (t) => {
  const { bob, signIn, reread, access, admin: order } = await world(t);
  const { id } = await signIn({ adminIds: [bob], accessGroups: ['read'] });
  await access.administrators.update(bob, { accessGroups: ['clusterAdmins', 'volumes'] }, order);
  const { session, source } = await reread(id);
  assert.deepEqual(session.accessGroups, ['clusterAdmins', 'volumes']);
  assert.equal(source, 'the administrators of Curfew');
});

test('a session bound to an administrator who was removed is bound no more, and has no groups', async (t) => {
  const { bob, signIn, reread, access, admin: order } = await world(t);
  const { id } = await signIn({ adminIds: [bob], accessGroups: ['read'] });
  await access.administrators.remove(bob, order);
  const { session } = await reread(id);
  assert.deepEqual([session.accessGroups, session.adminIds], [[], []]);
});

test('a session that nothing knows the user of keeps its rights; its last access moves', async (t) => {
  const { signIn, reread, clock } = await world(t);
  const made = await signIn({ accessGroups: ['volumes'] });
  clock.advance(minute);
  const { session, source } = await reread(made.id);
  assert.equal(source, null);
  assert.deepEqual(session.accessGroups, ['volumes']);
  assert.equal(Date.parse(session.lastAccessAt) - Date.parse(made.lastAccessAt), minute);
});

test('a source that was added later is asked first', async (t) => {
  const { signIn, reread, access } = await world(t);
  const { id } = await signIn({ accessGroups: ['volumes'] });
  access.credentials.add({
    name: 'a directory',
    read: async ({ username }) =>
      username === 'bob' ? { attributes: { mail: 'bob@example.org' } } : undefined,
  });
  const { session, source } = await reread(id);
  assert.equal(source, 'a directory');
  assert.deepEqual(
    [session.accessGroups, { ...session.attributes }],
    [['volumes'], { mail: 'bob@example.org' }],
  );
});

test('a session that has ended is not brought back (P2)', async (t) => {
  const { signIn, reread, registry } = await world(t);
  const { id } = await signIn();
  await registry.logOut(id);
  await assert.rejects(reread(id), { code: 'session_ended' });
  assert.equal((await registry.find(id))?.ended?.reason, 'logged_out');
});

test('nobody gives more by it than they could give (P9)', async (t) => {
  const { bob, signIn, reread, access, admin: order } = await world(t);
  const { id } = await signIn({ adminIds: [bob], accessGroups: ['read'] });
  await access.administrators.update(bob, { accessGroups: ['administrator'] }, order);
  await assert.rejects(reread(id, anAdministrator({ realm: 'default' })), { code: 'not_found' });
  await assert.rejects(reread(id, anAdministrator({ realm: 'eu' })), { code: 'session_not_found' });
  await assert.rejects(reread(id, anAdministrator({ accessGroups: ['clusterAdmins'] })), {
    code: 'forbidden',
  });
});
