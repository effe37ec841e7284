import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { CurfewError } from '../../../src/core/errors.ts';
import { chainedPart, chainHash, emptyChainHash } from '../../../src/session/revocation.ts';
import type { Selector } from '../../../src/session/selector.ts';
import type { LedgerEntry, Store, UnknownName } from '../../../src/session/store.ts';
import { hour, iso, minute, startOfTime } from '../../support/manual-clock.ts';
import { anOrigin, toRevoke } from '../../support/sessions.ts';
import { type OpenStore, part, same } from './stage.ts';

/** The whole ledger, read in pages. */
export async function wholeLedger(store: Store): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (;;) {
    const page = await store.revocations({ after: entries.at(-1)?.seq ?? 0, limit: 7 });
    entries.push(...page);
    if (page.length < 7) return entries;
  }
}

/** Asserts that the numbers run without a gap, instants never go back, and every hash follows from the one before. */
export async function assertChained(store: Store): Promise<void> {
  const entries = await wholeLedger(store);
  let [hash, at] = [emptyChainHash, 0];
  for (const [index, entry] of entries.entries()) {
    assert.equal(entry.seq, index + 1);
    assert.ok(entry.at >= at);
    assert.equal(entry.previousHash, hash);
    assert.equal(entry.hash, chainHash(hash, chainedPart(entry)));
    [hash, at] = [entry.hash, entry.at];
  }
  assert.deepEqual(await store.head(), { seq: entries.length, hash });
}

/** Cuts, the ledger, and what is known of names that match nothing. */
export function revokingPart(open: OpenStore): void {
  part('a cut', open, (stage) => {
    it('ends exactly the live sessions that match, and gives them back as they ended, newest first', async () => {
      const on = stage();
      await on.signIn({ idleTimeoutMs: minute });
      const out = await on.signIn();
      await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
      const before = await on.signIn();
      await on.cut({ sessionIds: [before.id] });
      on.clock.advance(minute);
      const hit = await on.signInMany(3);
      const spared = await on.signIn({ username: 'bob' });
      on.clock.advance(minute);
      const { revocation, sessions, unknown } = await on.cut({ username: 'ann' });
      const ended = { at: on.now, reason: 'revoked', revocation: revocation.seq } as const;
      assert.equal(revocation.matched, 3);
      assert.deepEqual(unknown, []);
      assert.equal(sessions.length, 3);
      for (const [index, session] of hit.toReversed().entries()) {
        same(sessions[index], { ...session, ended });
        same(await on.present(session.id), { ...session, ended });
      }
      assert.deepEqual(await on.ids(), [spared.id]);
      assert.equal((await on.present(out.id)).ended?.reason, 'logged_out');
      assert.notEqual((await on.present(before.id)).ended?.revocation, revocation.seq);
    });

    it('is seen by a look-up once it was acknowledged (P1)', async () => {
      const on = stage();
      for (let round = 0; round < 30; round++) {
        const order = await on.order();
        await on.store.register(order);
        assert.equal(await on.passes(order.tokenHash), true);
        const { revocation } = await on.cut();
        assert.ok((await on.store.lookup(order.tokenHash)).head >= revocation.seq);
        assert.equal(await on.passes(order.tokenHash), false);
      }
    });

    it('keeps who ordered it, through which face, from where, why, and how many it hit', async () => {
      const on = stage();
      await on.signInMany(2);
      const selector = { realm: on.realm, username: 'ann', except: [randomUUID()] };
      const reason = 'left the company ✂ "today"';
      const { revocation } = await on.cut(selector, { reason });
      const [entry] = await on.store.revocations({ limit: 1 });
      const { seq, previousHash, hash } = revocation;
      const at = on.now;
      assert.deepEqual(revocation, {
        ...anOrigin,
        seq,
        at,
        selector,
        reason,
        matched: 2,
        previousHash,
        hash,
      });
      assert.deepEqual(entry, { ...revocation, swept: 2, sweptAt: entry?.sweptAt });
    });

    it('by a caller without an address has none', async () => {
      const on = stage();
      const { from: _address, ...order } = toRevoke({ all: true, realm: on.realm }, { now: on.now });
      await on.store.revoke({
        ...order,
        by: { kind: 'system', id: 'sign-in', name: 'sign-in' },
        face: 'system',
      });
      const [entry] = await on.store.revocations({ limit: 1 });
      assert.equal(entry !== undefined && 'from' in entry, false);
      assert.deepEqual(entry?.by, { kind: 'system', id: 'sign-in', name: 'sign-in' });
      await assertChained(on.store);
    });

    it('that is made twice hits nobody the second time', async () => {
      const on = stage();
      await on.signIn();
      assert.equal((await on.cut()).revocation.matched, 1);
      const again = await on.cut();
      assert.deepEqual([again.revocation.matched, again.sessions], [0, []]);
    });

    it('that hits nobody is an entry all the same, and holds for sign-ins under way (P3)', async () => {
      const on = stage();
      const order = await on.order();
      const { revocation } = await on.cut();
      assert.equal(revocation.matched, 0);
      assert.equal((await on.store.head()).seq, revocation.seq);
      assert.equal((await on.store.register(order)).kind, 'revoked');
    });

    it('of a selector without a realm reaches every realm', async () => {
      const on = stage();
      const username = `only ${on.realm}`;
      const made = [await on.signIn({ username }), await on.elsewhere().signIn({ username })];
      const outcome = await on.store.revoke(toRevoke({ username }, { now: on.now }));
      assert.equal(outcome.kind === 'revoked' && outcome.revocation.matched, 2);
      for (const { id } of made) assert.equal((await on.present(id)).ended?.reason, 'revoked');
    });

    it('of more than may match writes nothing and ends nobody', async () => {
      const on = stage();
      const order = await on.order();
      await on.store.register(order);
      await on.signInMany(2);
      const head = await on.store.head();
      const outcome = await on.store.revoke(
        toRevoke({ all: true, realm: on.realm }, { now: on.now, atMost: 2 }),
      );
      assert.deepEqual(outcome, { kind: 'too_many', matched: 3 });
      assert.deepEqual(await on.store.head(), head);
      assert.equal((await on.list()).length, 3);
      assert.equal(await on.passes(order.tokenHash), true);
    });

    it('of exactly as many as may match is made', async () => {
      const on = stage();
      await on.signInMany(3);
      assert.equal((await on.cut(undefined, { atMost: 3 })).revocation.matched, 3);
      assert.equal((await on.cut(undefined, { atMost: 0 })).revocation.matched, 0);
    });

    it('by last access sees what was written of it', async () => {
      const on = stage();
      const [old, used] = await on.signInMany(2);
      const from = iso(on.now + minute);
      on.clock.advance(minute);
      await on.store.touch([{ number: used?.number as number, lastAccessAt: on.now }], on.now);
      const { sessions } = await on.cut({ lastAccessFrom: from, lastAccessTo: iso(on.now + 1) });
      assert.deepEqual(
        sessions.map(({ id }) => id),
        [used?.id],
      );
      assert.deepEqual(await on.ids(), [old?.id]);
    });

    it('of those active until its commit ends one that was used after the order was given, and keeps whom it has spared out of its range (P4)', async () => {
      const on = stage();
      const [old, used] = await on.signInMany(2);
      const from = iso(on.now + minute);
      on.clock.advance(minute + 5);
      // Another node has a clock that is ahead, or was the faster one.
      const touch = (number: number | undefined, lastAccessAt: number) =>
        on.store.touch([{ number: number as number, lastAccessAt }], on.now);
      await touch(used?.number, on.now + 30);
      const selector = { lastAccessFrom: from, lastAccessTo: iso(on.now + 1) };
      const { revocation, sessions } = await on.cut(selector, { untilCommit: true });
      assert.deepEqual(
        sessions.map(({ id }) => id),
        [used?.id],
      );
      const end = Date.parse(revocation.selector.lastAccessTo ?? '');
      assert.ok(end > on.now + 30 && end < on.now + 1000);
      // Noted before the cut, and written after it.
      await touch(old?.number, on.now - 1);
      const spared = await on.store.find(old?.id ?? '', on.now);
      assert.deepEqual([spared?.ended, spared?.lastAccessAt], [undefined, end]);
    });

    it('among 20 at once counts each session for one of them only', async () => {
      const on = stage();
      await on.signInMany(50);
      const cuts = await Promise.all(Array.from({ length: 20 }, () => on.cut()));
      const matched = cuts.map(({ revocation }) => revocation.matched).sort((a, b) => b - a);
      assert.deepEqual(matched, [50, ...Array(19).fill(0)]);
      await assertChained(on.store);
    });
  });

  part('the ledger', open, (stage) => {
    it('is empty at first: number 0 and 64 zeros', async () => {
      const on = stage();
      assert.deepEqual(await on.store.head(), { seq: 0, hash: emptyChainHash });
      assert.deepEqual(await on.store.revocations({ limit: 10 }), []);
      assert.deepEqual(await on.store.activeRevocations(0), []);
    });

    it('numbers entries 1, 2, 3, ... without a gap, whatever is refused between them', async () => {
      const on = stage();
      await on.signIn();
      for (let n = 0; n < 20; n++) {
        if (n % 3 === 0) await on.store.revoke(toRevoke({ all: true }, { now: on.now, atMost: 0 }));
        else await on.cut({ username: `user ${n}` });
        on.clock.advance(n % 2);
      }
      await assertChained(on.store);
    });

    it('does not go back in time when the clock of the caller does', async () => {
      const on = stage();
      const { revocation } = await on.cut();
      const earlier = await on.cut({ all: true }, { now: revocation.at - hour });
      assert.equal(earlier.revocation.at, revocation.at);
      await assertChained(on.store);
    });

    it('is read from the newest, before a number, or after one', async () => {
      const on = stage();
      for (let n = 0; n < 5; n++) await on.cut();
      const { seq } = await on.store.head();
      const seqs = async (query: Parameters<Store['revocations']>[0]) =>
        (await on.store.revocations(query)).map((entry) => entry.seq);
      assert.deepEqual(await seqs({ limit: 3 }), [seq, seq - 1, seq - 2]);
      assert.deepEqual(await seqs({ limit: 2, before: seq - 1 }), [seq - 2, seq - 3]);
      assert.deepEqual(await seqs({ limit: 10, before: 1 }), []);
      assert.deepEqual(await seqs({ limit: 2, after: seq - 3 }), [seq - 2, seq - 1]);
      assert.deepEqual(await seqs({ limit: 10, after: seq }), []);
    });

    it('names as active what was made since an instant, and what is not swept', async () => {
      const on = stage();
      await on.sweepAll();
      const since = on.now + 1;
      on.clock.advance(10);
      await on.signInMany(1050);
      const large = await on.cut();
      on.clock.advance(10);
      const small = await on.cut();
      const active = async (from: number) => (await on.store.activeRevocations(from)).map(({ seq }) => seq);
      assert.deepEqual(await active(since), [large.revocation.seq, small.revocation.seq]);
      assert.deepEqual(await active(small.revocation.at), [large.revocation.seq, small.revocation.seq]);
      assert.ok((await active(on.now + hour)).includes(large.revocation.seq));
      await on.sweepAll();
      assert.deepEqual(await active(small.revocation.at), [small.revocation.seq]);
      assert.deepEqual(await active(on.now + hour), []);
      assert.equal((await active(startOfTime)).length, (await on.store.head()).seq);
    });
  });

  part('names that match nothing', open, (stage) => {
    const id = randomUUID();

    it('are told as unknown when no session ever bore them (P10)', async () => {
      const on = stage();
      await on.signIn({ app: 'mail' });
      const nobody: [Selector, UnknownName[]][] = [
        [{ username: 'nobody' }, ['username']],
        [{ subject: 'nobody' }, ['subject']],
        [{ provider: { type: 'nothing' } }, ['provider']],
        [{ provider: { type: 'basic', name: 'nothing' } }, ['provider']],
        [{ providerSession: 'nothing' }, ['providerSession']],
        [{ app: 'nothing' }, ['app']],
        [{ sessionIds: [id] }, ['sessionIds']],
        [{ username: 'nobody', app: 'nothing', provider: { name: 'main' } }, ['username', 'app']],
      ];
      for (const [selector, unknown] of nobody) {
        assert.deepEqual(
          [...(await on.cut(selector)).unknown].sort(),
          [...unknown].sort(),
          JSON.stringify(selector),
        );
        const summary = await on.store.summarise({ realm: on.realm, ...selector }, on.now);
        assert.deepEqual([...summary.unknown].sort(), [...unknown].sort());
      }
    });

    it('of an unknown realm are told with the realm', async () => {
      const on = stage();
      await on.elsewhere().signIn();
      assert.ok((await on.cut({ all: true })).unknown.includes('realm'));
      assert.ok((await on.cut({ username: 'ann' })).unknown.includes('realm'));
    });

    it('are known when sessions bear them that are not live or not named otherwise', async () => {
      const on = stage();
      const gone = await on.signIn({
        username: 'gone',
        subject: 's',
        provider: { type: 'saml', name: 'corp' },
        providerSession: 'sid-1',
        app: 'web',
      });
      await on.store.end({ id: gone.id, reason: 'logged_out', now: on.now });
      await on.signIn({ username: 'here' });
      const selectors: Selector[] = [
        { username: 'gone' },
        { subject: 's' },
        { provider: { type: 'saml', name: 'corp' } },
        { provider: { type: 'saml', name: 'corp' }, providerSession: 'sid-1' },
        { app: 'web' },
        { sessionIds: [gone.id] },
        { username: 'here', app: 'web' },
        { createdTo: iso(startOfTime) },
      ];
      for (const selector of selectors) {
        assert.deepEqual((await on.cut(selector)).unknown, [], JSON.stringify(selector));
      }
    });

    it('are unknown in a realm whatever another realm knows (P9)', async () => {
      const on = stage();
      await on.signIn({ username: 'mine' });
      const other = await on.elsewhere().signIn({
        username: 'ann',
        subject: 'cn=ann',
        provider: { type: 'saml', name: 'corp' },
        providerSession: 'sid-1',
        app: 'mail',
      });
      const selectors: [Selector, UnknownName][] = [
        [{ username: 'ann' }, 'username'],
        [{ subject: 'cn=ann' }, 'subject'],
        [{ provider: { type: 'saml', name: 'corp' } }, 'provider'],
        [{ providerSession: 'sid-1' }, 'providerSession'],
        [{ app: 'mail' }, 'app'],
        [{ sessionIds: [other.id] }, 'sessionIds'],
      ] as const;
      for (const [selector, unknown] of selectors)
        assert.deepEqual((await on.cut(selector)).unknown, [unknown]);
    });

    it('are not spoken of when something matches', async () => {
      const on = stage();
      const { id: known } = await on.signIn();
      assert.deepEqual((await on.cut({ sessionIds: [known, id] })).unknown, []);
    });
  });

  part('an order that cannot be carried out', open, (stage) => {
    it('fails by itself, and those made together with it do not', async () => {
      const on = stage();
      const version = { kind: 'setting', id: 'x', body: 1, ifVersion: 5 } as const;
      const change = { ...anOrigin, writes: [version], event: 'x', detail: {}, now: on.now };
      const [failed, session, cut] = await Promise.allSettled([
        on.store.changeRecords(change),
        on.signIn({ username: 'bob' }),
        on.cut({ username: 'ann' }),
      ]);
      assert.ok(failed?.status === 'rejected' && failed.reason instanceof CurfewError);
      assert.deepEqual([session?.status, cut?.status], ['fulfilled', 'fulfilled']);
      assert.equal((await on.list()).length, 1);
      await assertChained(on.store);
    });
  });
}
