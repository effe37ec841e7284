import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwn, readQuery, targetOf } from '../../../src/faces/ibm/paths.ts';

const base = '/isam/dsc/admin/replicas';

test('a session id is the same, encoded or as it is', () => {
  const expected = { kind: 'session', set: 'ibm.com', name: 'a/b+c==' };
  for (const path of ['a/b+c==', 'a%2Fb%2Bc%3D%3D', 'a%2fb+c%3d=', 'a/b+c==/']) {
    assert.deepEqual(targetOf(`${base}/ibm.com/sessions/session/${path}`), expected, path);
  }
});

test('the name of a user is taken as it stands, also with slashes and at its end', () => {
  for (const [path, name] of [
    ['dlucas', 'dlucas'],
    ['Mary%20Jones', 'Mary Jones'],
    ['a+b', 'a+b'],
    ['corp/ann', 'corp/ann'],
    ['corp%2Fann/', 'corp/ann/'],
    ['*', '*'],
    ['%2A', '*'],
    ['zo%C3%AB', 'zoë'],
    ['..', '..'],
  ] as const) {
    assert.deepEqual(
      targetOf(`${base}/default/sessions/user/${path}`),
      { kind: 'user', set: 'default', name },
      path,
    );
  }
});

test('each path is there with a slash at its end and without, and nothing else is', () => {
  for (const [path, kind] of [
    ['/isam/pdadmin', 'pdadmin'],
    ['/isam/dscadmin', 'dscadmin'],
    ['/isam/dsc/config', 'config'],
    [base, 'replicas'],
    [`${base}/x/servers`, 'servers'],
    [`${base}/x/sessions`, 'sessions'],
    ['/core/sys/versions', 'versions'],
    ['/setup_complete', 'setup'],
    ['/isam/capabilities/v1', 'capabilities'],
    ['/firmware_settings', 'firmware'],
  ] as const) {
    assert.equal(targetOf(path)?.kind, kind);
    assert.equal(targetOf(`${path}/`)?.kind, kind);
    assert.equal(isOwn(path) && isOwn(`${path}/`), true);
  }
  for (const path of [
    '/isam',
    '/isam/',
    '/isam/acl',
    `${base}/x`,
    `${base}//servers`,
    `${base}/x/servers/y`,
    `${base}/x/sessions/session`,
    `${base}/x/sessions/session/`,
    `${base}/x/sessions/user/`,
    `${base}/x/sessions/other/y`,
    '/isam/toString',
    '/isam/__proto__',
  ]) {
    assert.equal(targetOf(path), undefined, path);
    assert.equal(isOwn(path), true, path);
  }
  for (const path of ['/', '/isamx', '/v1/sessions', '/core/sys', '/setup_complete/x', '/toString']) {
    assert.equal(isOwn(path), false, path);
  }
});

test('a query is read once per name, and a plus sign in it is one', () => {
  assert.deepEqual({ ...readQuery('user=%2Aluca%2A&max=5', ['user', 'max']) }, { user: '*luca*', max: '5' });
  assert.deepEqual({ ...readQuery('user=a+b=c', ['user']) }, { user: 'a+b=c' });
  assert.deepEqual({ ...readQuery('user', ['user']) }, { user: '' });
  for (const query of ['usr=x', 'user=a&user=b', 'user=%', 'user=%ff', '__proto__=x', '&']) {
    assert.throws(() => readQuery(query, ['user']), { code: 'invalid_input' }, query);
  }
});
