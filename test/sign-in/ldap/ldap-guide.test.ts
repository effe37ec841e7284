import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { readConfig } from '../../../src/config.ts';
import { readSecrets } from '../../../src/sign-in/provider-settings.ts';
import { AfterAll } from '../../support/after-all.ts';
import { projectRoot } from '../../support/project-root.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd } from '../../support/slapd.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { addGroup, ldapProvider, people, person, populate, searcher } from './ldap-set-up.ts';

const page = readFileSync(join(projectRoot, 'docs/guide/ldap.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text as string);

describe('the examples of the guide for sign-in with LDAP', { skip: skipWithout('slapd', 'openssl') }, () => {
  const ends = new AfterAll();
  let slapd: RunningSlapd;
  before(async () => {
    slapd = await startSlapd(ends);
    await populate(slapd);
    await slapd.add(`uid=ana,${people}`, person('ana', { mail: 'ana@example.org' }));
    await addGroup(slapd, 'it-operations', `uid=ana,${people}`);
    await addGroup(slapd, 'audit', `uid=ana,${people}`);
    await addGroup(slapd, 'choir', `uid=ana,${people}`);
  });
  after(() => ends.run());

  /** The provider of an example, read from a file as the server does, with the servers and files of the test. */
  function providerOf(t: TestContext, example: string | undefined) {
    const folder = makeTemporaryDirectory();
    t.after(() => folder.remove());
    const written = parse(example ?? '') as { providers: Record<string, unknown>[] };
    const [corp] = written.providers;
    assert.ok(corp);
    const password = join(folder.path, 'corp.password');
    writeFileSync(password, `${searcher.password}\n`);
    const isSecure = (url: string) => url.startsWith('ldaps:');
    corp.servers = (corp.servers as string[]).map((url) => (isSecure(url) ? slapd.secureUrl : slapd.url));
    if (corp.caFile !== undefined) corp.caFile = slapd.authority.file;
    if (corp.bindPasswordFile !== undefined) corp.bindPasswordFile = password;
    const file = join(folder.path, 'curfew.yaml');
    writeFileSync(file, stringify(written));
    const [configured] = readConfig({ config: file }, {}).providers ?? [];
    assert.ok(configured);
    return ldapProvider(t, configured.settings, readSecrets(configured, {}));
  }

  it('the first signs somebody in with the groups and attributes that it names', async (t) => {
    const user = await providerOf(t, examples[0]).signIn('ana');
    assert.deepEqual(user?.accessGroups.toSorted(), ['operators', 'reporting']);
    assert.deepEqual([user?.attributes.email, user?.attributes.name], ['ana@example.org', 'ana']);
  });

  it('the one for Active Directory can be read', (t) => {
    assert.equal(providerOf(t, examples[1]).provider.name, 'corp');
  });

  it('the one without an account signs somebody in', async (t) => {
    const user = await providerOf(t, examples[2]).signIn('ana');
    assert.deepEqual(user?.accessGroups.toSorted(), ['audit', 'choir', 'it-operations']);
  });
});
