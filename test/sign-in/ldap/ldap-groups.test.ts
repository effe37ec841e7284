import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AfterAll } from '../../support/after-all.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd, suffix } from '../../support/slapd.ts';
import {
  addGroup,
  groups,
  ldapProvider,
  people,
  person,
  populate,
  searcher,
  searching,
} from './ldap-set-up.ts';

describe('groups of a directory', { skip: skipWithout('slapd', 'openssl') }, () => {
  const ends = new AfterAll();
  let slapd: RunningSlapd;
  const user = (uid: string) => `uid=${uid},${people}`;
  const group = (cn: string) => `cn=${cn},${groups}`;

  before(async () => {
    // The account of Curfew may read any number in pages of 500; everybody else gets 500 at most.
    const lines = [`limits dn.exact="${searcher.dn}" size=500 size.prtotal=unlimited`];
    slapd = await startSlapd(ends, { lines });
    await populate(slapd, 'ana', 'ben', 'cleo', 'dan', 'kai');
    await addGroup(slapd, 'team', user('ana'));
    await addGroup(slapd, 'department', group('team'));
    await addGroup(slapd, 'company', group('department'));
    await addGroup(slapd, 'ring-a', user('ben'));
    await addGroup(slapd, 'ring-b', group('ring-a'));
    await addGroup(slapd, 'ring-c', group('ring-b'), group('ring-c'));
    await slapd.replace(group('ring-a'), 'member', user('ben'), group('ring-c'));
    await slapd.add(`ou=elsewhere,${suffix}`, { objectClass: 'organizationalUnit', ou: 'elsewhere' });
    await slapd.add(`cn=administrator,ou=elsewhere,${suffix}`, {
      objectClass: 'groupOfNames',
      cn: 'administrator',
      member: user('cleo'),
    });
    await addGroup(slapd, 'by a foreign one', `cn=administrator,ou=elsewhere,${suffix}`);
    const members = Array.from({ length: 999 }, (_, n) => `uid=member ${n},${people}`);
    await addGroup(slapd, 'crowd', ...members, user('dan'));
    await addGroup(slapd, 'R&D (Köln)*\\, \\+ more', user('dan'));
    await slapd.add(group('unix'), {
      ...{ objectClass: 'posixGroup', cn: 'unix', gidNumber: '7' },
      memberUid: ['kai', 'nobody'],
    });
    await slapd.add(group('unique'), {
      ...{ objectClass: 'groupOfUniqueNames', cn: 'unique', uniqueMember: user('kai') },
    });
  });
  after(() => ends.run());

  async function groupsOf(
    t: Parameters<typeof ldapProvider>[0],
    uid: string,
    settings: Record<string, unknown> = {},
  ): Promise<string[] | undefined> {
    const { signIn } = ldapProvider(t, { ...searching(slapd), ...settings });
    return (await signIn(uid))?.accessGroups.toSorted();
  }

  for (const groupsFrom of ['memberOf', 'search']) {
    it(`those of ${groupsFrom} count with the groups that they are members of, three deep`, async (t) => {
      assert.deepEqual(await groupsOf(t, 'ana', { groupsFrom }), ['company', 'department', 'team']);
      assert.deepEqual(await groupsOf(t, 'ana', { groupsFrom, nestedGroups: 'no' }), ['team']);
    });

    it(`those of ${groupsFrom} count once each where they are members of each other`, async (t) => {
      assert.deepEqual(await groupsOf(t, 'ben', { groupsFrom }), ['ring-a', 'ring-b', 'ring-c']);
    });

    it(`those of ${groupsFrom} with 1,000 members or letters of all kinds count by their names`, async (t) => {
      const expected = ['R&D (Köln)*, + more', 'crowd'];
      assert.deepEqual(await groupsOf(t, 'dan', { groupsFrom }), expected);
      assert.deepEqual(await groupsOf(t, 'dan', { groupsFrom, nestedGroups: 'no' }), expected);
    });
  }

  it('elsewhere than below the base give nothing, but may be members of those that do', async (t) => {
    assert.deepEqual(await groupsOf(t, 'cleo'), ['by a foreign one']);
    assert.deepEqual(await groupsOf(t, 'cleo', { nestedGroups: 'no' }), []);
    assert.deepEqual(await groupsOf(t, 'cleo', { groupBase: undefined, nestedGroups: 'no' }), [
      'administrator',
    ]);
  });

  it('name their users by the username too, where the filter says so', async (t) => {
    const groupFilter = '(&(objectClass=posixGroup)(memberUid={username}))';
    assert.deepEqual(await groupsOf(t, 'kai', { groupsFrom: 'search', groupFilter }), ['unix']);
    assert.deepEqual(await groupsOf(t, 'kai', { groupsFrom: 'search' }), ['unique']);
    const both = '(|(uniqueMember={dn})(memberUid={username}))';
    assert.deepEqual(await groupsOf(t, 'kai', { groupsFrom: 'search', groupFilter: both }), [
      'unique',
      'unix',
    ]);
  });

  it('are nothing where none are asked for', async (t) => {
    assert.deepEqual(await groupsOf(t, 'ana', { groupsFrom: 'none' }), []);
  });

  it('become access groups by their names and by their distinguished names, however these are written', async (t) => {
    const settings = {
      accessGroups: ['everybody'],
      groups: {
        team: ['read', 'volumes'],
        [`CN=Company, ${groups.toUpperCase()}`]: ['reporting'],
        [group('another')]: ['never'],
      },
    };
    const kept = ['department', 'everybody', 'read', 'reporting', 'volumes'];
    assert.deepEqual(await groupsOf(t, 'ana', settings), kept);
    const dropped = ['everybody', 'read', 'reporting', 'volumes'];
    assert.deepEqual(await groupsOf(t, 'ana', { ...settings, otherGroups: 'drop' }), dropped);
  });

  it('are all told by their distinguished names too, by which administrators are known', async (t) => {
    const { signIn } = ldapProvider(t, searching(slapd));
    const claims = (await signIn('ana'))?.claims ?? {};
    assert.deepEqual([...(claims.group ?? [])].sort(), ['company', 'department', 'team'].map(group));
  });

  it('are found by hundreds, and a user of more than can be told is refused rather than given some', async (t) => {
    await slapd.add(user('busy'), person('busy'));
    const addMany = async (from: number, to: number) => {
      for (let n = from; n < to; n++) await addGroup(slapd, `many ${n}`, user('busy'));
    };
    // More than the server gives at once without pages.
    await addMany(0, 520);
    assert.equal((await groupsOf(t, 'busy', { groupsFrom: 'search' }))?.length, 520);
    assert.equal((await groupsOf(t, 'busy', { groupsFrom: 'memberOf' }))?.length, 520);
    const asUser = { servers: [slapd.url], ca: slapd.authority.pem, userDn: `uid={username},${people}` };
    const search = { groupsFrom: 'search', groupBase: groups, refusalDelay: '0s' };
    const limited = ldapProvider(t, { ...asUser, ...search }, {});
    assert.equal(await limited.signIn('busy'), undefined);
    assert.match(limited.logged(), /more than the server gives to the account/);
    await addMany(520, 1001);
    for (const groupsFrom of ['memberOf', 'search']) {
      const { signIn, logged } = ldapProvider(t, { ...searching(slapd), groupsFrom });
      assert.equal(await signIn('busy'), undefined);
      assert.match(logged(), /more than 1000/);
      assert.doesNotMatch(logged(), /busy/);
    }
  });
});
