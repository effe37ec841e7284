import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AfterAll } from '../../support/after-all.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd, suffix } from '../../support/slapd.ts';
import {
  addGroup,
  aSessionOf,
  ldapProvider,
  people,
  person,
  populate,
  searcher,
  searching,
} from './ldap-set-up.ts';

describe('sign-in by a directory', { skip: skipWithout('slapd', 'openssl') }, () => {
  const ends = new AfterAll();
  let slapd: RunningSlapd;
  before(async () => {
    slapd = await startSlapd(ends);
    await populate(slapd, 'ana', 'Ben');
    await slapd.add(`uid=zoë,${people}`, person('zoë', { cn: 'Zoë Müller', mail: ['z@x.org', 'zoe@x.org'] }));
    await slapd.add(`cn=Lee\\, Ann "the \\+boss",${people}`.replaceAll('"', '\\"'), {
      ...person('ann.lee'),
      cn: 'Lee, Ann "the +boss"',
    });
    await addGroup(slapd, 'ops', `uid=ana,${people}`);
  });
  after(() => ends.run());

  it('lets the one in whose password it is, by a search and a bind', async (t) => {
    const { signIn } = ldapProvider(t, searching(slapd));
    assert.deepEqual(await signIn('ana'), {
      username: 'ana',
      subject: `uid=ana,${people}`,
      accessGroups: ['ops'],
      claims: { dn: [`uid=ana,${people}`], group: [`cn=ops,ou=groups,${suffix}`] },
      attributes: { amr: 'pwd', authTime: '2030-01-01T00:00:00.000Z' },
    });
    assert.equal(await signIn('ana', 'password of Ben'), undefined);
    assert.equal(await signIn('nobody'), undefined);
  });

  it('lets the same one in by a bind at once, without an account of its own', async (t) => {
    const settings = {
      servers: [slapd.url],
      ca: slapd.authority.pem,
      userDn: `uid={username},${people}`,
      refusalDelay: '0s',
    };
    const { signIn, provider } = ldapProvider(t, settings, {});
    const user = await signIn('ana');
    assert.deepEqual(
      [user?.username, user?.subject, user?.accessGroups],
      ['ana', `uid=ana,${people}`, ['ops']],
    );
    assert.equal(await signIn('ana', 'wrong'), undefined);
    assert.equal(await signIn('nobody'), undefined);
    // Whoever may look only as the user cannot look when the user is not there.
    assert.equal(await provider.read?.(aSessionOf('ana')), undefined);
  });

  it('takes the name as the directory has it, however it was typed', async (t) => {
    const { signIn } = ldapProvider(t, searching(slapd));
    for (const typed of ['ben', 'BEN', ' Ben ']) {
      const user = await signIn(typed, 'password of Ben');
      assert.deepEqual([user?.username, user?.subject], ['Ben', `uid=Ben,${people}`], typed);
    }
  });

  it('lets names of any letters in, and names their entries in one way of writing', async (t) => {
    const { signIn } = ldapProvider(t, { ...searching(slapd), attributes: { name: 'cn', email: 'mail' } });
    const zoe = await signIn('zoë');
    assert.equal(zoe?.subject, `uid=zoë,${people}`);
    assert.equal(zoe?.attributes.name, 'Zoë Müller');
    assert.equal(zoe?.attributes.email, 'z@x.org, zoe@x.org');
    const ann = await signIn('ann.lee');
    assert.equal(ann?.subject, `cn=Lee\\, Ann \\"the \\+boss\\",${people}`);
  });

  it('binds at once by a name whose letters would end it', async (t) => {
    const settings = {
      ...{ servers: [slapd.url], ca: slapd.authority.pem, refusalDelay: '0s' },
      userDn: `cn={username},${people}`,
      usernameAttribute: 'uid',
    };
    const { signIn } = ldapProvider(t, settings, {});
    assert.equal((await signIn('Lee, Ann "the +boss"', 'password of ann.lee'))?.username, 'ann.lee');
    // Were the name put in as it is, this would be the entry of ana.
    assert.equal(await signIn(`x,${people}`, 'password of ana'), undefined);
  });

  it('reads the rights of a user anew, and the attributes that are of the directory', async (t) => {
    const { provider, signIn } = ldapProvider(t, {
      ...searching(slapd),
      attributes: { name: 'cn', room: 'l' },
    });
    await slapd.add(`uid=kim,${people}`, person('kim'));
    const { subject } = (await signIn('kim')) ?? {};
    await addGroup(slapd, 'night', `uid=kim,${people}`);
    const session = aSessionOf('kim', subject);
    const attributes = { amr: 'pwd', name: 'Kim of before', room: '7' };
    const read = await provider.read?.({ ...session, attributes });
    assert.deepEqual([read?.accessGroups, read?.attributes], [['night'], { amr: 'pwd', name: 'kim' }]);
    assert.equal(await provider.read?.({ ...session, realm: 'other' }), undefined);
    assert.equal(await provider.read?.({ ...session, provider: { type: 'ldap', name: 'lab' } }), undefined);
    await slapd.remove(`uid=kim,${people}`);
    const gone = await provider.read?.(session);
    assert.deepEqual([gone?.accessGroups, gone?.claims], [[], {}]);
  });

  it('refuses accounts that are out of use, and takes their rights when it reads them anew', async (t) => {
    const { provider, signIn } = ldapProvider(t, searching(slapd));
    const ways: [attribute: string, used: string[], unused: string[]][] = [
      ['userAccountControl', ['512'], ['514']],
      ['nsAccountLock', ['false'], ['TRUE']],
      ['pwdAccountLockedTime', [], ['000001010000Z']],
    ];
    await slapd.add(`uid=dora,${people}`, person('dora'));
    await addGroup(slapd, 'day', `uid=dora,${people}`);
    const session = aSessionOf('dora', `uid=dora,${people}`);
    for (const [attribute, used, unused] of ways) {
      await slapd.replace(`uid=dora,${people}`, attribute, ...used);
      assert.deepEqual((await signIn('dora'))?.accessGroups, ['day'], attribute);
      assert.deepEqual((await provider.read?.(session))?.accessGroups, ['day'], attribute);
      await slapd.replace(`uid=dora,${people}`, attribute, ...unused);
      assert.equal(await signIn('dora'), undefined, attribute);
      assert.deepEqual((await provider.read?.(session))?.accessGroups, [], attribute);
      await slapd.replace(`uid=dora,${people}`, attribute, ...used);
    }
  });

  it('refuses a user who must change the password first, and asks the server on', async (t) => {
    await slapd.add(`uid=fay,${people}`, person('fay'));
    await slapd.replace(`uid=fay,${people}`, 'pwdReset', 'TRUE');
    const atOnce = {
      ...{ servers: [slapd.url], ca: slapd.authority.pem, refusalDelay: '0s' },
      userDn: `uid={username},${people}`,
    };
    const searched = ldapProvider(t, searching(slapd));
    const bound = ldapProvider(t, atOnce, {});
    for (const { signIn } of [searched, bound]) {
      assert.equal(await signIn('fay'), undefined);
      assert.equal((await signIn('ana'))?.username, 'ana');
    }
    assert.match(searched.logged(), /must change the password/);
    assert.doesNotMatch(bound.logged(), /cannot be asked/);
    await slapd.replace(`uid=fay,${people}`, 'pwdReset');
    for (const { signIn } of [searched, bound]) assert.equal((await signIn('fay'))?.username, 'fay');
  });

  it('asks of a user whatever else the filter says, also when it reads anew', async (t) => {
    const userFilter =
      '(&(objectClass=inetOrgPerson)(|(uid={username})(mail={username}))(employeeType=staff))';
    const { provider, signIn } = ldapProvider(t, { ...searching(slapd), userFilter });
    await slapd.add(`uid=eva,${people}`, person('eva', { employeeType: 'staff', mail: 'eva@x.org' }));
    assert.equal((await signIn('eva@x.org', 'password of eva'))?.username, 'eva');
    assert.equal(await signIn('ana'), undefined);
    await slapd.replace(`uid=eva,${people}`, 'employeeType', 'guest');
    assert.equal(await signIn('eva'), undefined);
    const session = aSessionOf('eva', `uid=eva,${people}`);
    assert.deepEqual((await provider.read?.(session))?.accessGroups, []);
  });

  it('refuses a name that stands for two entries, whosever password it is', async (t) => {
    const { signIn, logged } = ldapProvider(t, { ...searching(slapd), userFilter: '(sn={username})' });
    await slapd.add(`uid=twin1,${people}`, person('twin1', { sn: 'twin', userPassword: 'same' }));
    await slapd.add(`uid=twin2,${people}`, person('twin2', { sn: 'twin', userPassword: 'same' }));
    assert.equal(await signIn('twin', 'same'), undefined);
    assert.match(logged(), /stands for several entries/);
  });

  it('says what it tried, step by step', async (t) => {
    const { provider } = ldapProvider(t, searching(slapd));
    const { steps } = await provider.test();
    assert.match(
      steps[0] ?? '',
      /^connected to ldap:\/\/127\.0\.0\.1:\d+ by TLSv1\.[23]; .* is good for 1 days$/,
    );
    assert.deepEqual(steps.slice(1), [
      `bound as ${searcher.dn}`,
      `found userBase ${people}`,
      `found groupBase ou=groups,${suffix}`,
      'searched for a user',
    ]);
    const elsewhere = ldapProvider(t, { ...searching(slapd), userBase: `ou=nowhere,${suffix}` });
    await assert.rejects(elsewhere.provider.test(), {
      code: 'invalid_input',
      message: /^userBase: there is no/,
    });
    const locked = ldapProvider(t, searching(slapd), { bindPassword: 'wrong' });
    await assert.rejects(locked.provider.test(), {
      code: 'provider_unavailable',
      message: /cn=curfew,dc=example,dc=org cannot be bound: the server refuses the password of bindDn/,
    });
  });
});
