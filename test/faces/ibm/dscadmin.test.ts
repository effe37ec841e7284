import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ibmWorld } from './world.ts';

test('the examples of the command reference work as they are printed there', async (t) => {
  const { dscadmin, signIn, live } = await ibmWorld(t);
  const id = await signIn('sjones');
  await signIn('SEC_Master');
  await signIn('sec_mary');
  await signIn('ann');
  for (const [command, expected] of [
    ['replica set list', /^default\nibm\.com$/],
    ['replica set show ibm.com', /^default-webseald-cruz +2030/],
    ['session list *ONE* 100 ibm.com', /sjones[\s\S]*1 of 1 matching sessions shown$/],
    [`session terminate session ${id} ibm.com`, /^1 session in the realm ibm\.com was terminated/],
    [
      'session terminate all_sessions sec_m* ibm.com',
      /^2 sessions of 2 users whose name matches sec_m\* in the realm ibm\.com were terminated \(revocations 2 to 3\)\.$/,
    ],
    ['help session', /^session list <pattern>/],
    ['errtext 952467756', /^CTGSI0300I/],
  ] as const) {
    const { status, result } = await dscadmin([command]);
    assert.equal(status, 200, result);
    assert.match(result, expected);
  }
  assert.deepEqual(await live(), ['ann']);
});

test('a name without * is exact, with one it is a pattern without case', async (t) => {
  const { dscadmin, signIn, live } = await ibmWorld(t);
  for (const user of ['ann', 'Ann', 'joanna']) await signIn(user);
  const literal = await dscadmin(['session terminate all_sessions ANN ibm.com']);
  assert.match(
    literal.result,
    /^CTGSI0312W Warning: 0 sessions matched\..* Without a \* the case of the name counts\.$/,
  );
  await dscadmin(['session terminate all_sessions Ann ibm.com']);
  assert.deepEqual(await live(), ['ann', 'joanna']);
  await dscadmin(['session terminate all_sessions *ANN ibm.com']);
  assert.deepEqual(await live(), ['joanna']);
  assert.match((await dscadmin(['session terminate all_sessions x* ibm.com'])).result, /0 sessions matched/);
});

test('a star alone ends every session of the replica set, by one entry, and none of another (P4)', async (t) => {
  const { dscadmin, signIn, live, asAdmin } = await ibmWorld(t);
  for (const user of ['ann', 'bob', 'cat']) await signIn(user);
  await signIn('ann', 'other');
  const { result } = await dscadmin(['session terminate all_sessions * ibm.com']);
  assert.match(result, /^3 sessions of every user in the realm ibm\.com were terminated \(revocation 1\)\.$/);
  assert.deepEqual([await live(), await live('other')], [[], ['ann']]);
  const { body } = await asAdmin('GET /v1/revocations');
  assert.deepEqual(body.revocations[0].selector, { all: true, realm: 'ibm.com' });
});

test('the replica set comes last, and must be there', async (t) => {
  const { dscadmin, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  for (const [command, message] of [
    ['session terminate all_sessions ann nowhere', /CTGSI0306E/],
    ['session terminate all_sessions ibm.com ann', /CTGSI0306E/],
    [
      'session terminate all_sessions ann',
      /Syntax: session terminate all_sessions <user_id> <replica_set_name>/,
    ],
    ['session terminate all_sessions ann -realm ibm.com', /no option -realm/],
    ['session list * 5', /Syntax/],
    ['server list', /not a command of dscadmin/],
    ['login -a x -p y', /CTGSI0313E/],
  ] as const) {
    const { status, message: said } = await dscadmin([command]);
    assert.equal(status, 400, command);
    assert.match(said ?? '', message, command);
  }
  assert.deepEqual(await live(), ['ann']);
});
