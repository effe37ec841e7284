import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { RefusalPace } from '../../../src/sign-in/ldap/refusal-pace.ts';
import { AfterAll } from '../../support/after-all.ts';
import { minute } from '../../support/manual-clock.ts';
import { freePort } from '../../support/ports.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd } from '../../support/slapd.ts';
import { ldapProvider, people, person, populate, searching } from './ldap-set-up.ts';

describe('attacks on the sign-in by a directory', { skip: skipWithout('slapd', 'openssl') }, () => {
  const ends = new AfterAll();
  let slapd: RunningSlapd;
  before(async () => {
    slapd = await startSlapd(ends);
    await populate(slapd, 'ana', 'admin');
  });
  after(() => ends.run());

  const atOnce = () => ({
    servers: [slapd.url],
    ca: slapd.authority.pem,
    userDn: `uid={username},${people}`,
    refusalDelay: '0s',
  });

  const password = 'password of ana';
  const filterInjections = [
    '*',
    'an*',
    '*)(uid=ana',
    'ana)(uid=ana',
    'ana)(|(uid=*',
    'nobody)(|(uid=ana)(uid=ana',
    '\\61na',
    'a\\6ea',
    'ana\u0000',
    '(',
    ')',
    '\\',
    '!(uid=x',
    '{dn}',
    '{username}',
    '$&',
    '__proto__',
  ];

  it('a name that is a piece of a filter is a name, and stands for nobody', async (t) => {
    const { signIn } = ldapProvider(t, {
      ...searching(slapd),
      userFilter: '(&(objectClass=*)(uid={username}))',
    });
    for (const name of filterInjections) assert.equal(await signIn(name, password), undefined, name);
    assert.equal((await signIn('ana'))?.username, 'ana');
  });

  it('a name of such letters stands for whoever bears it', async (t) => {
    const name = '*)(uid=ana\\2a';
    await slapd.add(`cn=strange,${people}`, person(name, { cn: 'strange' }));
    const { signIn } = ldapProvider(t, searching(slapd));
    assert.equal((await signIn(name))?.subject, `cn=strange,${people}`);
    assert.equal(await signIn(name, password), undefined);
  });

  it('a name that is a piece of a distinguished name is a value within it, and stands for nobody', async (t) => {
    const { signIn } = ldapProvider(t, atOnce(), {});
    const injections = [
      `ana,${people}`,
      `x,uid=ana`,
      'ana+cn=ana',
      'ana\\',
      'ana\\,',
      '"ana"',
      'ana;',
      '#616e61',
      'ana\u0000',
      `admin,${people}\u0000`,
      '\\61na',
    ];
    for (const name of injections) assert.equal(await signIn(name, password), undefined, name);
    assert.equal((await signIn('ana'))?.username, 'ana');
  });

  it('a name that is a way of authentication is a name', async (t) => {
    const { signIn } = ldapProvider(t, { ...atOnce(), userDn: 'uid={username}' }, {});
    for (const name of ['EXTERNAL', 'PLAIN', 'DIGEST-MD5', 'SCRAM-SHA-1'])
      assert.equal(await signIn(name, '\u0000admin\u0000password of admin'), undefined, name);
    assert.doesNotMatch(slapd.output, /mech=(EXTERNAL|PLAIN|DIGEST-MD5|SCRAM)/);
  });

  it('an empty password is refused before anything is sent, as are names that are none', async (t) => {
    // Nothing listens there: whatever were sent would fail.
    const servers = [`ldap://127.0.0.1:${await freePort()}`];
    for (const settings of [searching(slapd), atOnce()]) {
      const { signIn } = ldapProvider(t, { ...settings, servers }, 'bindDn' in settings ? undefined : {});
      assert.equal(await signIn('ana', ''), undefined);
      for (const name of ['', ' ', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(257)])
        assert.equal(await signIn(name, password), undefined);
      assert.equal(await signIn('ana', 'x'.repeat(4097)), undefined);
      await assert.rejects(signIn('ana', password), { code: 'provider_unavailable' });
    }
  });

  it('an account without a password lets nobody in', async (t) => {
    const { userPassword: _none, ...attributes } = person('bare');
    await slapd.add(`uid=bare,${people}`, attributes);
    for (const settings of [searching(slapd), atOnce()]) {
      const { signIn } = ldapProvider(t, settings, 'bindDn' in settings ? undefined : {});
      for (const guess of ['x', ' ', 'undefined', 'null'])
        assert.equal(await signIn('bare', guess), undefined);
    }
  });

  it('a referral is not followed, wherever it leads', async (t) => {
    let visitors = 0;
    const lure = createServer((socket) => {
      visitors++;
      socket.destroy();
    });
    const port = await freePort();
    await new Promise<void>((resolve) => lure.listen(port, '127.0.0.1', resolve));
    t.after(() => lure.close());
    const refer = (uid: string) =>
      slapd.addReferral(`uid=${uid},${people}`, `ldap://127.0.0.1:${port}/uid=${uid},${people}`);
    await refer('moved');
    // Among the entries that the search goes through there is a referral now; it changes nothing for others.
    const found = ldapProvider(t, searching(slapd));
    assert.equal(await found.signIn('moved', password), undefined);
    assert.equal((await found.signIn('ana'))?.username, 'ana');
    const bound = ldapProvider(t, atOnce(), {});
    assert.equal(await bound.signIn('moved', password), undefined);
    const within = ldapProvider(t, { ...searching(slapd), userBase: `uid=moved,${people}` });
    await assert.rejects(within.signIn('ana'), { message: /refers to another one, which is not followed/ });
    assert.equal(visitors, 0);
  });

  it('nothing that is typed is logged, nor told in an error', async (t) => {
    const { signIn, logged } = ldapProvider(t, searching(slapd));
    for (const name of ['ana', 'nobody', 'moved']) await signIn(name, 'typed secret');
    const failing = ldapProvider(t, { ...searching(slapd), userFilter: '(sn={username})' });
    await slapd.add(`uid=ana2,${people}`, person('ana2', { sn: 'ana' }));
    await failing.signIn('ana', 'typed secret');
    assert.notEqual(failing.logged(), '');
    assert.doesNotMatch(logged() + failing.logged(), /typed secret|ana|nobody|moved/);
  });

  it('a guesser waits, is locked out for a while, and locks nobody out elsewhere, however the name is typed', async (t) => {
    const { signIn, clock, logged } = ldapProvider(t, searching(slapd));
    const guess = (name: string) => signIn(name, 'a guess', '203.0.113.1');
    assert.equal(await guess('admin'), undefined);
    assert.equal(await guess('ADMIN'), undefined);
    assert.equal(await guess(' Admin '), undefined);
    await assert.rejects(guess('admin'), { code: 'locked_out' });
    for (let n = 0; n < 7; n++) {
      clock.advance(15 * minute - 1);
      assert.equal(await guess('admin'), undefined);
    }
    clock.advance(14 * minute);
    await assert.rejects(signIn('admin', 'password of admin', '203.0.113.1'), { code: 'locked_out' });
    assert.match(logged(), /locked for a while/);
    assert.equal((await signIn('admin', 'password of admin', '203.0.113.2'))?.username, 'admin');
    // Names that nobody bears are counted just the same.
    for (let n = 0; n < 3; n++) assert.equal(await guess('nobody'), undefined);
    await assert.rejects(guess('nobody'), { code: 'locked_out' });
  });

  it('a refusal comes no sooner than its time, whatever the reason, nor than a slow one before it', async () => {
    let now = 0;
    const pauses: number[] = [];
    const pause = async (ms: number) => pauses.push(ms);
    const pace = new RefusalPace(1000, { now: () => now, pause });
    const refusedAfter = (ms: number) =>
      pace.refuseLate(async () => {
        now += ms;
        return undefined;
      });
    for (const ms of [10, 400, 1500, 10]) assert.equal(await refusedAfter(ms), undefined);
    assert.deepEqual(pauses, [990, 600, 0, 1490]);
    assert.equal(await pace.refuseLate(async () => 'a user'), 'a user');
    assert.equal(pauses.length, 4);
  });
});
