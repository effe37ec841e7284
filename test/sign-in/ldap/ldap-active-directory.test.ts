import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { startActiveDirectory } from './active-directory.ts';
import { ldapProvider } from './ldap-set-up.ts';

const domain = 'DC=corp,DC=example';
const ana = `CN=Ruiz\\, Ana,OU=People,${domain}`;
const groupNames = ['Team', 'Department', 'Company'];
const dnOfGroup = (name: string) => `CN=${name},OU=Groups,${domain}`;

const user = {
  sAMAccountName: ['ana'],
  userAccountControl: ['512'],
  memberOf: [dnOfGroup('Team')],
};
const root = { supportedCapabilities: ['1.2.840.113556.1.4.800', '1.2.840.113556.1.4.1670'] };
const groups = Object.fromEntries(groupNames.map((name) => [dnOfGroup(name), { cn: [name] }]));

async function set(
  t: TestContext,
  { attributes = {}, capabilities = root, settings = {} }: Partial<Record<string, object>> = {},
) {
  const entries = { '': capabilities, [ana]: { ...user, ...attributes }, ...groups } as Record<
    string,
    Record<string, string[]>
  >;
  const directory = await startActiveDirectory(t, entries, { [ana]: Object.keys(groups) });
  const { signIn, logged } = ldapProvider(
    t,
    {
      servers: [directory.url],
      startTls: false,
      bindDn: `CN=curfew,${domain}`,
      userBase: domain,
      userFilter: '(sAMAccountName={username})',
      usernameAttribute: 'sAMAccountName',
      groupBase: `OU=Groups,${domain}`,
      refusalDelay: '0s',
      ...settings,
    },
    { bindPassword: 'x' },
  );
  return { directory, signIn, logged };
}

describe('sign-in by Active Directory', () => {
  it('leaves it to the server to follow groups of groups, in one search', async (t) => {
    const { directory, signIn } = await set(t);
    const found = await signIn('ana');
    assert.equal(found?.subject, ana);
    assert.deepEqual(found?.accessGroups.toSorted(), groupNames.toSorted());
    const searches = directory.asked().filter(({ base }) => base.startsWith('OU=Groups'));
    assert.deepEqual(searches, [
      {
        base: `OU=Groups,${domain}`,
        filter: `(member:1.2.840.113556.1.4.1941:=${ana.replaceAll('\\', '\\5c')})`,
      },
    ]);
    // What the server can do is asked once for all sign-ins of a connection.
    await signIn('ana');
    assert.equal(directory.asked().filter(({ base }) => base === '').length, 1);
  });

  it('follows groups itself where the server does not say that it is one of these', async (t) => {
    const { directory, signIn } = await set(t, { capabilities: {} });
    assert.deepEqual((await signIn('ana'))?.accessGroups, ['Team']);
    assert.ok(!directory.asked().some(({ filter }) => filter.includes('1.2.840.113556.1.4.1941')));
  });

  it('takes the word of the settings for it', async (t) => {
    const { signIn } = await set(t, { capabilities: {}, settings: { nestedGroups: 'chain' } });
    assert.equal((await signIn('ana'))?.accessGroups.length, 3);
  });

  it('refuses an account with the flag that takes it out of use, also among others', async (t) => {
    for (const userAccountControl of [['514'], ['66050']]) {
      const { signIn } = await set(t, { attributes: { userAccountControl } });
      assert.equal(await signIn('ana'), undefined);
    }
  });

  it('refuses a user of whose groups the server gives only the first 1,500', async (t) => {
    const attributes = { memberOf: [], 'memberOf;range=0-1499': [dnOfGroup('Team')] };
    const { signIn, logged } = await set(t, { attributes, settings: { nestedGroups: 'walk' } });
    assert.equal(await signIn('ana'), undefined);
    assert.match(logged(), /more than the directory gives at once/);
  });
});
