import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AfterAll } from '../../support/after-all.ts';
import { freePort } from '../../support/ports.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd } from '../../support/slapd.ts';
import { ldapProvider, populate, searching } from './ldap-set-up.ts';

/** How often a server was connected to. */
const connections = ({ output }: RunningSlapd): number => output.split('ACCEPT from').length - 1;
/** How often a server was asked whether a password is right, Curfew's own aside. */
const proofs = ({ output }: RunningSlapd): number =>
  output.split(/BIND dn="uid=\w+,.* method=128/).length - 1;

describe('several servers of one directory', { skip: skipWithout('slapd', 'openssl') }, () => {
  const ends = new AfterAll();
  let first: RunningSlapd;
  let second: RunningSlapd;
  before(async () => {
    first = await startSlapd(ends);
    second = await startSlapd(ends, { authority: first.authority });
    for (const slapd of [first, second]) await populate(slapd, 'ana', 'ben');
  });
  after(() => ends.run());

  it('are asked in their order: the second not at all while the first answers', async (t) => {
    const { signIn } = ldapProvider(t, searching(first, second));
    const before = connections(second);
    assert.equal((await signIn('ana'))?.username, 'ana');
    assert.equal(connections(second), before);
  });

  it('take over from one that is killed, which is left alone until its time is over', async (t) => {
    const { signIn, clock } = ldapProvider(t, { ...searching(first, second), retryAfter: '30s' });
    assert.equal((await signIn('ana'))?.username, 'ana');
    await first.kill();
    const before = proofs(second);
    assert.equal((await signIn('ana'))?.username, 'ana');
    assert.equal(await signIn('ana', 'wrong'), undefined);
    assert.equal(proofs(second), before + 2);
    await first.restart();
    const idle = connections(first);
    assert.equal((await signIn('ben'))?.username, 'ben');
    assert.deepEqual([proofs(second), connections(first)], [before + 3, idle]);
    clock.advance(30_000);
    assert.equal((await signIn('ben'))?.username, 'ben');
    assert.deepEqual([proofs(second), proofs(first)], [before + 3, 1]);
  });

  it('take over from one that hangs: on a connection that is there, and before there is one', async (t) => {
    const settings = { ...searching(first, second), timeout: '300ms', connectTimeout: '300ms' };
    const connected = ldapProvider(t, settings);
    assert.equal((await connected.signIn('ana'))?.username, 'ana');
    const fresh = [settings, { ...settings, servers: [first.secureUrl, second.secureUrl] }];
    first.signal('SIGSTOP');
    try {
      assert.equal((await connected.signIn('ana'))?.username, 'ana');
      for (const one of fresh) {
        const { signIn, logged } = ldapProvider(t, one);
        assert.equal((await signIn('ana'))?.username, 'ana');
        assert.match(logged(), /no connection came about in time/);
      }
    } finally {
      first.signal('SIGCONT');
    }
  });

  it('are asked last while they fail, and yet asked when no other answers', async (t) => {
    const { signIn, provider } = ldapProvider(t, searching(first, second));
    await first.kill();
    assert.equal((await signIn('ana'))?.username, 'ana');
    await second.kill();
    await assert.rejects(signIn('ana'), { code: 'provider_unavailable' });
    await first.restart();
    assert.equal((await signIn('ana'))?.username, 'ana');
    const { steps } = await provider.test();
    assert.match(
      steps.at(-1) ?? '',
      new RegExp(`^fails: ${second.url}: no connection comes about: .*ECONNREFUSED`),
    );
    await second.restart();
  });

  it('tell nothing of who tried when none can be asked', async (t) => {
    const servers = [`ldap://127.0.0.1:${await freePort()}`, `ldaps://127.0.0.1:${await freePort()}`];
    const { signIn, logged } = ldapProvider(t, { ...searching(first), servers });
    await assert.rejects(signIn('ana', 'a secret'), (error: Error & { code: string }) => {
      assert.equal(error.code, 'provider_unavailable');
      for (const server of servers) assert.ok(error.message.includes(server));
      assert.doesNotMatch(error.message + logged(), /ana|a secret|a password of the searcher/);
      return true;
    });
  });

  it('may drop connections that were kept without anybody noticing', async (t) => {
    const { signIn } = ldapProvider(t, searching(first));
    assert.equal((await signIn('ana'))?.username, 'ana');
    await first.restart();
    assert.equal((await signIn('ana'))?.username, 'ana');
    assert.equal(await signIn('ana', 'wrong'), undefined);
  });

  it('serve many sign-ins at once over few connections, each told its own answer', async (t) => {
    const { signIn } = ldapProvider(t, { ...searching(first), connections: 3 });
    const before = connections(first);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        n % 3 === 2 ? signIn('ben', 'wrong') : signIn(n % 3 === 0 ? 'ana' : 'ben'),
      ),
    );
    assert.deepEqual(
      outcomes.map((user) => user?.username),
      outcomes.map((_, n) => ['ana', 'ben', undefined][n % 3]),
    );
    assert.ok(connections(first) - before <= 6, 'three to search, three to prove');
  });

  it('refuse the account that searches with a reason that helps, and without its password', async (t) => {
    const { signIn, logged } = ldapProvider(t, searching(first), { bindPassword: 'of yesterday' });
    await assert.rejects(signIn('ana'), {
      code: 'provider_unavailable',
      message: /cn=curfew,dc=example,dc=org cannot be bound: the server refuses the password of bindDn/,
    });
    assert.doesNotMatch(logged(), /of yesterday/);
  });
});
