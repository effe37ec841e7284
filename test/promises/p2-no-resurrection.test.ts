import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import type { Selector } from '../../src/session/selector.ts';
import { second } from '../support/manual-clock.ts';
import { type Random, withSeed } from '../support/seed.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { openParts, type Parts } from './parts.ts';

const rounds = 150;

/** A session with an idempotency key, so that its registration can be repeated. */
async function signIn({ registry }: Parts, number: number) {
  const idempotency = { key: Buffer.alloc(32), request: Buffer.alloc(32) };
  idempotency.key.writeUInt32BE(number);
  const request = aRegistration({ username: `user ${number}`, idempotency });
  return { request, ...(await registry.register(request)) };
}

/** What might bring a session back; each gives the tokens it answered. */
const revivals = {
  touch: async ({ registry }: Parts, { token }: { token: string }) => {
    await registry.check(token);
    return [];
  },
  refresh: async ({ registry }: Parts, { session }: { session: { id: string } }) => {
    await registry.refresh(session.id, { accessGroups: ['administrator'], attributes: { team: 'blue' } });
    return [];
  },
  repeat: async ({ registry }: Parts, { request }: Awaited<ReturnType<typeof signIn>>) => {
    try {
      return [(await registry.register(request)).token];
    } catch (error) {
      if (error instanceof CurfewError && error.code === 'session_ended') return [];
      throw error;
    }
  },
  flush: async ({ registry, store, clock }: Parts, { session }: { session: { number: number } }) => {
    await registry.touches.flushAll();
    await store.touch([{ number: session.number, lastAccessAt: clock.now() + second }]);
    return [];
  },
  sweep: async ({ store, clock }: Parts) => {
    await store.sweep(clock.now());
    await store.expire(clock.now());
    return [];
  },
} as const;

type Revival = (parts: Parts, signedIn: Awaited<ReturnType<typeof signIn>>) => Promise<readonly string[]>;

function cutOf(random: Random, username: string, id: string): Selector {
  return random.pick<Selector>([
    { username },
    { sessionIds: [id] },
    { username, provider: { name: 'main' } },
  ]);
}

for (const [name, revive] of Object.entries(revivals) as [string, Revival][]) {
  it(`P2: a ${name} that races a termination leaves the session dead`, async (t) => {
    await withSeed(async (random) => {
      const parts = await openParts(t);
      for (let round = 0; round < rounds; round++) {
        const signedIn = await signIn(parts, round);
        const { username, id } = signedIn.session;
        parts.clock.advance(random.below(3));
        const order = { selector: cutOf(random, username, id), reason: 'a test', origin: anOrigin };
        const cut = () => parts.registry.terminate(order);
        const attempts = Array.from({ length: 1 + random.below(4) }, () => () => revive(parts, signedIn));
        // The cut stands at a random place among what races it.
        const racing: (() => Promise<unknown>)[] = [...attempts];
        racing.splice(random.below(racing.length + 1), 0, cut);
        const results = await Promise.all(racing.map((run) => run()));
        const tokens = results.flatMap((result) => (Array.isArray(result) ? (result as string[]) : []));
        await revive(parts, signedIn);
        await parts.registry.touches.flushAll();
        for (const token of [signedIn.token, ...tokens]) {
          assert.equal(await parts.isLive(token), false, `round ${round}`);
        }
        const found = await parts.registry.find(id);
        assert.equal(found?.ended?.reason, 'revoked');
      }
      await parts.restart();
      const { sessions } = await parts.registry.list({ selector: { all: true }, state: 'live', limit: 1000 });
      assert.deepEqual(sessions, []);
    });
  });
}

it('P2: everything at once, while a large cut is being swept, brings none of its sessions back', async (t) => {
  await withSeed(async (random) => {
    const parts = await openParts(t);
    const { registry, store, clock } = parts;
    const signedIn = await Promise.all(Array.from({ length: 2500 }, (_, number) => signIn(parts, number)));
    const cut = registry.terminate({ selector: { all: true }, reason: 'a drill', origin: anOrigin });
    const spared = await cut.then(() => signIn(parts, 9999));
    const all = Object.values(revivals) as Revival[];
    for (let more = true; more; ) {
      const racing = Array.from({ length: 20 }, () => random.pick(all)(parts, random.pick(signedIn)));
      const [slice] = await Promise.all([store.sweep(clock.now()), ...racing]);
      clock.advance(random.below(20));
      more = slice.more;
    }
    assert.equal((await cut).revocation.matched, signedIn.length);
    await parts.restart();
    for (const { token } of signedIn) assert.equal(await parts.deathOf(token), 'revoked');
    assert.equal(await parts.isLive(spared.token), true);
  });
});

it('P2: a logout or a limit that has passed is as final as a termination', async (t) => {
  const parts = await openParts(t);
  const { registry, housekeeper, clock } = parts;
  const left = await signIn(parts, 1);
  const idle = await signIn(parts, 2);
  await registry.logOut(left.session.id);
  clock.advance((idle.session.idleTimeoutMs ?? 0) + 1);
  for (const revive of Object.values(revivals) as Revival[]) {
    assert.deepEqual(await revive(parts, left), []);
    assert.deepEqual(await revive(parts, idle), []);
  }
  await housekeeper.tidy();
  assert.equal(await registry.refresh(idle.session.id), undefined);
  assert.equal(await parts.deathOf(left.token), 'logged_out');
  assert.equal(await parts.deathOf(idle.token), 'idle');
  await parts.restart();
  assert.equal(await parts.deathOf(left.token), 'logged_out');
  assert.equal(await parts.deathOf(idle.token), 'idle');
});
