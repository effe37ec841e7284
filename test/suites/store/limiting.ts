import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { LimitScope, SessionLimit } from '../../../src/session/policy.ts';
import type { NewSession, RegisterCommand, StoredSession } from '../../../src/session/store.ts';
import { minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, registered, type Stage, same } from './stage.ts';

const refuse = (max: number, per: LimitScope = 'user'): { limit: SessionLimit } => ({
  limit: { kind: 'refuse', max, per },
});
const displace = (max: number, per: LimitScope = 'user'): { limit: SessionLimit } => ({
  limit: { kind: 'displace', max, per },
});

/** Ways in which a session of `ann` dies; none of them may count towards her limit. */
const deaths: [
  how: string,
  changes: Partial<NewSession>,
  die: (on: Stage, session: StoredSession) => Promise<unknown>,
][] = [
  ['logged out', {}, (on, { id }) => on.store.end({ id, reason: 'logged_out', now: on.now })],
  ['revoked', {}, (on, { id }) => on.cut({ sessionIds: [id] })],
  ['idle', { idleTimeoutMs: minute }, async (on) => on.clock.advance(minute)],
  ['expired', { idleTimeoutMs: null, expiresAt: 0 }, async (on) => on.clock.advance(1)],
];

/** The limit of sessions per user is counted and enforced within the registration. */
export function limitingPart(open: OpenStore): void {
  part('a limit of sessions', open, (stage) => {
    it('refuses one more than it allows, and says how many there are', async () => {
      const on = stage();
      await on.signIn({}, refuse(2));
      await on.signIn({}, refuse(2));
      const outcome = await on.store.register(await on.order({}, refuse(2)));
      assert.deepEqual(outcome, { kind: 'limit_reached', live: 2, max: 2 });
      assert.equal((await on.list()).length, 2);
    });

    it('counts those that were registered under another limit', async () => {
      const on = stage();
      await on.signInMany(3);
      const outcome = await on.store.register(await on.order({}, refuse(1)));
      assert.deepEqual(outcome, { kind: 'limit_reached', live: 3, max: 1 });
    });

    it('per user counts her sessions of all providers, and nobody else', async () => {
      const on = stage();
      await on.signIn({ username: 'bob' });
      await on.elsewhere().signIn();
      await on.signIn({ provider: { type: 'saml', name: 'corp' } });
      await on.signIn({}, refuse(2));
      assert.equal((await on.store.register(await on.order({}, refuse(2)))).kind, 'limit_reached');
    });

    it('per provider counts her sessions of that provider alone', async () => {
      const on = stage();
      for (const provider of [
        { type: 'saml', name: 'main' },
        { type: 'basic', name: 'corp' },
      ]) {
        await on.signIn({ provider });
      }
      await on.signIn({}, refuse(1, 'provider'));
      const outcome = await on.store.register(await on.order({}, refuse(1, 'provider')));
      assert.deepEqual(outcome, { kind: 'limit_reached', live: 1, max: 1 });
    });

    for (const [how, changes, die] of deaths) {
      it(`does not count a session that is ${how}`, async () => {
        const on = stage();
        const fit = changes.expiresAt === undefined ? changes : { ...changes, expiresAt: on.now + 1 };
        await die(on, await on.signIn(fit));
        await on.signIn({}, refuse(1));
        assert.equal((await on.list()).length, 1);
      });
    }

    it('does not count sessions of a large cut that is not swept yet', async () => {
      const on = stage();
      await on.signInMany(1050);
      await on.cut();
      await on.signIn({}, refuse(1));
      assert.equal((await on.list()).length, 1);
    });

    it('that displaces ends the oldest and gives it back as it ended', async () => {
      const on = stage();
      const made: StoredSession[] = [];
      for (let n = 0; n < 3; n++) {
        made.push(await on.signIn({}, displace(3)));
        on.clock.advance(10);
      }
      const oldest = made[0] as StoredSession;
      // Having been used last does not save the oldest.
      await on.store.touch([{ number: oldest.number, lastAccessAt: on.now }], on.now);
      const outcome = await on.store.register(await on.order({}, displace(3)));
      assert.equal(outcome.kind, 'registered');
      const { displaced, session } = outcome as Extract<typeof outcome, { kind: 'registered' }>;
      assert.deepEqual(
        displaced.map(({ id, ended }) => ({ id, ended })),
        [{ id: oldest.id, ended: { at: on.now, reason: 'displaced' } }],
      );
      assert.deepEqual((await on.present(oldest.id)).ended, { at: on.now, reason: 'displaced' });
      assert.deepEqual(await on.ids(), [session.id, made[2]?.id, made[1]?.id]);
    });

    it('that displaces ends as many as are too many', async () => {
      const on = stage();
      await on.signInMany(5);
      const outcome = await on.store.register(await on.order({}, displace(2)));
      const { displaced } = outcome as Extract<typeof outcome, { kind: 'registered' }>;
      assert.equal(displaced.length, 4);
      assert.equal((await on.list()).length, 2);
    });

    it('that displaces leaves other users, providers and realms alone (P9)', async () => {
      const on = stage();
      await on.elsewhere().signIn();
      const spared = [
        await on.signIn({ username: 'bob' }),
        await on.signIn({ provider: { type: 'saml', name: 'corp' } }),
      ];
      await on.signIn({}, displace(1, 'provider'));
      const last = await on.signIn({}, displace(1, 'provider'));
      assert.deepEqual((await on.ids()).sort(), [...spared.map(({ id }) => id), last.id].sort());
    });

    it('does not displace for a sign-in that is refused', async () => {
      const on = stage();
      const spared = await on.signIn({ username: 'ann' });
      const order = await on.order({ app: 'mail' }, displace(1));
      await on.cut({ app: 'mail' });
      assert.equal((await on.store.register(order)).kind, 'revoked');
      assert.deepEqual(await on.ids(), [spared.id]);
    });

    for (const max of [1, 7]) {
      it(`of ${max} is exact under 64 sign-ins at once`, async () => {
        const on = stage();
        const orders = await Promise.all(Array.from({ length: 64 }, () => on.order({}, refuse(max))));
        const outcomes = await Promise.all(orders.map((order) => on.store.register(order)));
        const kinds = outcomes.map(({ kind }) => kind);
        assert.equal(kinds.filter((kind) => kind === 'registered').length, max);
        assert.equal(kinds.filter((kind) => kind === 'limit_reached').length, 64 - max);
        assert.equal((await on.list()).length, max);
      });

      it(`of ${max} that displaces is exact under 64 sign-ins at once`, async () => {
        const on = stage();
        const orders = await Promise.all(Array.from({ length: 64 }, () => on.order({}, displace(max))));
        const outcomes = await Promise.all(orders.map((order) => on.store.register(order)));
        for (const outcome of outcomes) registered(outcome);
        assert.equal((await on.list()).length, max);
        assert.equal((await on.list(on.query(undefined, { state: 'ended' }))).length, 64 - max);
      });
    }

    it('per provider is exact under 64 sign-ins at once from two providers', async () => {
      const on = stage();
      const provider = (n: number) => ({ type: 'basic', name: n % 2 === 0 ? 'main' : 'other' });
      const orders = await Promise.all(
        Array.from({ length: 64 }, (_, n) => on.order({ provider: provider(n) }, refuse(3, 'provider'))),
      );
      await Promise.all(orders.map((order) => on.store.register(order)));
      for (const n of [0, 1]) assert.equal((await on.list(on.query({ provider: provider(n) }))).length, 3);
    });
  });

  part('an idempotency key', open, (stage) => {
    const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
    const keyed = (
      request = 'a request',
      key: string = randomUUID(),
    ): Pick<RegisterCommand, 'idempotency'> => ({
      idempotency: { key: hash(key), request: hash(request) },
    });

    it('gives a repeat the session made then, whose token is now the new one', async () => {
      const on = stage();
      const key = keyed();
      const first = await on.order({}, key);
      const made = registered(await on.store.register(first));
      const second = await on.order({}, key);
      const outcome = await on.store.register(second);
      assert.equal(outcome.kind, 'repeated');
      same((outcome as Extract<typeof outcome, { kind: 'repeated' }>).session, made);
      assert.equal((await on.store.lookup(first.tokenHash)).session, undefined);
      assert.equal((await on.store.lookup(second.tokenHash)).session?.id, made.id);
      assert.equal((await on.list()).length, 1);
    });

    it('works as often as it is sent', async () => {
      const on = stage();
      const key = keyed();
      const { id } = await on.signIn({}, key);
      for (let n = 0; n < 5; n++) {
        const order = await on.order({}, key);
        assert.equal((await on.store.register(order)).kind, 'repeated');
        assert.equal((await on.store.lookup(order.tokenHash)).session?.id, id);
      }
    });

    it('with another request is refused, and the token stays', async () => {
      const on = stage();
      const order = await on.order({}, keyed('one', 'key of this case'));
      const { id } = registered(await on.store.register(order));
      const other = await on.order({ username: 'bob' }, keyed('two', 'key of this case'));
      assert.deepEqual(await on.store.register(other), { kind: 'key_reused' });
      assert.equal((await on.store.lookup(order.tokenHash)).session?.id, id);
      assert.equal((await on.store.lookup(other.tokenHash)).session, undefined);
      assert.deepEqual(await on.ids(), [id]);
    });

    for (const [how, changes, die] of deaths) {
      it(`of a session that is ${how} gives no new token for it (P2)`, async () => {
        const on = stage();
        const key = keyed();
        const fit = changes.expiresAt === undefined ? changes : { ...changes, expiresAt: on.now + 1 };
        const session = await on.signIn(fit, key);
        await die(on, session);
        const repeat = await on.order({}, key);
        const outcome = await on.store.register(repeat);
        assert.equal(outcome.kind, 'repeated_ended');
        assert.equal((outcome as Extract<typeof outcome, { kind: 'repeated_ended' }>).session.id, session.id);
        assert.equal(await on.passes(repeat.tokenHash), false);
        assert.deepEqual(await on.list(), []);
      });
    }

    it('of a session in a large cut that is not swept yet gives no new token for it (P2)', async () => {
      const on = stage();
      const key = keyed();
      await on.signIn({}, key);
      await on.signInMany(1050);
      await on.cut();
      const repeat = await on.order({}, key);
      assert.equal((await on.store.register(repeat)).kind, 'repeated_ended');
      assert.equal(await on.passes(repeat.tokenHash), false);
    });

    it('is not stopped by the limit that its first use has filled', async () => {
      const on = stage();
      const rest = { ...keyed(), ...refuse(1) };
      await on.signIn({}, rest);
      assert.equal((await on.store.register(await on.order({}, rest))).kind, 'repeated');
    });

    it('that was refused may be used again', async () => {
      const on = stage();
      const key = keyed();
      const blocker = await on.signIn();
      const rest = { ...key, ...refuse(1) };
      assert.equal((await on.store.register(await on.order({}, rest))).kind, 'limit_reached');
      await on.store.end({ id: blocker.id, reason: 'logged_out', now: on.now });
      assert.equal((await on.store.register(await on.order({}, rest))).kind, 'registered');
    });

    it('sent 64 times at once makes one session with one token', async () => {
      const on = stage();
      const key = keyed();
      const orders = await Promise.all(Array.from({ length: 64 }, () => on.order({}, key)));
      const outcomes = await Promise.all(orders.map((order) => on.store.register(order)));
      assert.equal(outcomes.filter(({ kind }) => kind === 'registered').length, 1);
      assert.equal(outcomes.filter(({ kind }) => kind === 'repeated').length, 63);
      const found = await Promise.all(orders.map((order) => on.store.lookup(order.tokenHash)));
      assert.equal(found.filter(({ session }) => session !== undefined).length, 1);
    });

    it('of one caller is none of another', async () => {
      const on = stage();
      const one = await on.signIn({}, keyed());
      const two = await on.signIn({}, keyed());
      assert.notEqual(one.id, two.id);
    });
  });
}
