import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { hour, minute, second } from '../support/manual-clock.ts';
import { type Random, withSeed } from '../support/seed.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { checkOver } from './server-process.ts';

const provider = { type: 'basic', name: 'main' };

/** A machine whose clock somebody sets, and the clock that Curfew makes of it; a restart makes a new one. */
function machine() {
  let time = Date.now();
  return {
    /** Sets the clock forward, or back with a negative number. */
    move: (ms: number): void => {
      time += ms;
    },
    now: () => time,
    clock: (): Clock => systemClock(() => time),
  };
}

async function tokens({ client }: TestServer, usernames: readonly string[]): Promise<string[]> {
  const made: string[] = [];
  for (const username of usernames) made.push((await client.sessions.register({ username, provider })).token);
  return made;
}

async function instantsOf({ client }: TestServer): Promise<number[]> {
  const { revocations } = await client.revocations.list({ limit: 1000 });
  return revocations.reverse().map(({ at }) => Date.parse(at));
}

it('P1: a clock that is set back revives nobody, within a run and after a restart', async (t) => {
  const { move, clock } = machine();
  const server = await startTestServer(t, { clock: clock() });
  const [revoked = '', left = '', idle = '', spared = ''] = await tokens(server, [
    'ann',
    'bob',
    'cat',
    'dan',
  ]);
  await server.client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
  await server.as({ bearer: left }).sessions.logout();
  for (let minutes = 0; minutes < 40; minutes += 10) {
    move(10 * minute);
    assert.equal((await checkOver(server, spared)).status, 200);
  }
  const expected = [
    [revoked, 'revoked'],
    [left, 'logged_out'],
    [idle, 'idle'],
  ] as const;
  const hold = async (running: TestServer, when: string): Promise<void> => {
    for (const [token, reason] of expected) {
      assert.deepEqual(await checkOver(running, token), { status: 401, reason }, when);
    }
    assert.equal((await checkOver(running, spared)).status, 200, when);
  };
  await hold(server, 'before');
  // What the background work does within a second: it writes the accesses, then marks what has idled out.
  await server.services.registry.touches.flushAll();
  await server.services.store.expire(server.services.clock.now());
  for (const step of [-2 * hour, -hour, 5 * second]) {
    move(step);
    await hold(server, `set by ${step} ms`);
  }
  await server.close();
  const again = await startTestServer(t, { data: server.data, clock: clock() });
  await hold(again, 'after a restart with the clock set back');
  await again.close();
});

it('P7: the instants of the ledger never go back, whatever is done to the clock', async (t) => {
  await withSeed(async (random: Random) => {
    const { move, clock } = machine();
    let server = await startTestServer(t, { clock: clock() });
    for (let cut = 0; cut < 40; cut++) {
      move((random.below(120) - 60) * minute);
      if (random.oneIn(12)) {
        await server.close();
        server = await startTestServer(t, { data: server.data, clock: clock() });
      }
      await server.client.revocations.create({ selector: { username: `user ${cut}` }, reason: 'a test' });
    }
    const instants = await instantsOf(server);
    assert.equal(instants.length, 40);
    assert.deepEqual(
      instants,
      [...instants].sort((a, b) => a - b),
    );
    assert.equal((await server.client.ledger.verify()).intact, true);
    await server.close();
  });
});

it('P3: a sign-in under way meets the cut although the clock was moved in between', async (t) => {
  for (const step of [-hour, -10 * minute, 10 * minute, hour]) {
    const { move, now, clock } = machine();
    const server = await startTestServer(t, { clock: clock() });
    const { head: epoch } = await server.client.ledger.get();
    const authenticatedAt = new Date(now()).toISOString();
    await server.client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
    move(step);
    const register = (more: object) =>
      server.client.sessions.register({ username: 'ann', provider, ...more });
    const refused = { code: step === hour ? 'sign_in_too_old' : 'revoked_during_sign_in' };
    await assert.rejects(register({ epoch }), refused, `by epoch, ${step} ms`);
    await assert.rejects(register({ authenticatedAt }), refused, `by instant, ${step} ms`);
    const again = await register({});
    assert.equal(
      (await checkOver(server, again.token)).status,
      200,
      'P4: who signs in after the cut is live',
    );
    await server.close();
    const restarted = await startTestServer(t, { data: server.data, clock: clock() });
    const late = restarted.client.sessions.register({ username: 'ann', provider, epoch });
    await assert.rejects(late, (error: { code: string }) =>
      ['revoked_during_sign_in', 'sign_in_too_old'].includes(error.code),
    );
    assert.equal((await checkOver(restarted, again.token)).status, 200);
    await restarted.close();
  }
});

it('P4: a sign-in that began after the cut is let in although the clock was set back before it', async (t) => {
  const { move, clock } = machine();
  const server = await startTestServer(t, { clock: clock() });
  await server.client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
  move(-hour);
  const { head: epoch } = await server.client.ledger.get();
  for (const more of [{}, { epoch }]) {
    const { token } = await server.client.sessions.register({ username: 'ann', provider, ...more });
    assert.equal((await checkOver(server, token)).status, 200);
  }
});

it('P1: a clock that jumps ahead ends sessions by their limits, and setting it right lets new ones in', async (t) => {
  const { move, clock } = machine();
  const server = await startTestServer(t, { clock: clock() });
  const [before = ''] = await tokens(server, ['ann']);
  move(100 * 24 * hour);
  assert.equal((await checkOver(server, before)).status, 401);
  await server.close();
  move(-100 * 24 * hour);
  const again = await startTestServer(t, { data: server.data, clock: clock() });
  const [after = ''] = await tokens(again, ['ann']);
  assert.equal((await checkOver(again, after)).status, 200);
  await again.client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
  assert.equal((await checkOver(again, after)).reason, 'revoked');
  await again.close();
});
