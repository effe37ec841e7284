import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { AccessCalls } from '../../src/session/access-calls.ts';
import { type NodeState, Nodes } from '../../src/session/nodes.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Store } from '../../src/session/store.ts';
import { iso, ManualClock, minute } from '../support/manual-clock.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';

interface Member {
  readonly registry: Registry;
  readonly nodes: Nodes;
}

/** Two nodes on one store, each with what it holds in memory. */
async function pair(t: TestContext, callWaitMs?: number) {
  const opened = await openTemporarySqlite();
  const { store } = opened;
  const clock = new ManualClock();
  const member = async (name: string): Promise<Member> => {
    const registry = await Registry.open({ store, clock, isShared: true });
    const wait = callWaitMs === undefined ? {} : { callWaitMs };
    const nodes = new Nodes({
      store,
      registry,
      clock,
      name,
      version: '1',
      isShared: true,
      intervalMs: 5,
      ...wait,
    });
    registry.whenAccessesCount(() => nodes.gatherAccesses());
    return { registry, nodes };
  };
  const [here, there] = [await member('here'), await member('there')];
  for (const { nodes } of [here, there]) nodes.start();
  /** Waits until the other has been heard of at the time that it is now. */
  const heard = async (): Promise<void> => {
    for (;;) {
      const found = (await store.records('node')).map(({ body }) => body as NodeState);
      if (found.some(({ name, seenAt }) => name === 'there' && seenAt === clock.now())) return;
      await new Promise(setImmediate);
    }
  };
  await heard();
  t.after(async () => {
    await Promise.all([here, there].map(({ nodes }) => nodes.stop()));
    await opened.close();
  });
  const signIn = async (username: string) =>
    (await here.registry.register(aRegistration({ username }))).token;
  return { store, clock, here, there, signIn, heard };
}

const cut = (registry: Registry, selector: { lastAccessFrom?: string; lastAccessTo?: string }) =>
  registry.terminate({ selector, reason: 'a test', origin: anOrigin });

async function isLive(registry: Registry, token: string): Promise<boolean> {
  return (await registry.check(token, { touch: false })).live;
}

describe('a cut by last access, where another node holds accesses that are not written', () => {
  it('spares whom the other has just answered for when those unused are cut, and ends the others (P4)', async (t) => {
    const { clock, here, there, signIn, heard } = await pair(t);
    const [used, unused] = [await signIn('ann'), await signIn('bob')];
    clock.advance(5 * minute);
    await heard();
    assert.ok((await there.registry.check(used)).live);
    const selector = { lastAccessTo: iso(clock.now() - minute) };
    assert.equal((await here.registry.preview(selector)).count, 1);
    const { revocation, unheard } = await cut(here.registry, selector);
    assert.deepEqual([revocation.matched, unheard], [1, []]);
    for (const { registry } of [here, there]) {
      assert.equal(await isLive(registry, used), true);
      assert.equal(await isLive(registry, unused), false);
    }
  });

  it('ends whom the other has just answered for when those active are cut, and spares the others (P1)', async (t) => {
    const { clock, here, there, signIn, heard } = await pair(t);
    const [used, unused] = [await signIn('ann'), await signIn('bob')];
    clock.advance(5 * minute);
    await heard();
    assert.ok((await there.registry.check(used)).live);
    const { revocation } = await cut(here.registry, { lastAccessFrom: iso(clock.now() - minute) });
    assert.equal(revocation.matched, 1);
    for (const { registry } of [here, there]) {
      assert.equal(await isLive(registry, used), false);
      assert.equal(await isLive(registry, unused), true);
      // Whom it has spared is not reached by it when it is used again.
      assert.ok((await registry.check(unused)).live);
      await registry.touches.flushAll();
      assert.equal(await isLive(here.registry, unused), true);
    }
  });

  it('is made all the same when the other does not answer, and names it for as long as it is not known to have stopped', async (t) => {
    const { store, clock, here, there, signIn } = await pair(t, 200);
    await signIn('ann');
    await there.nodes.stop();
    const hung: NodeState = { name: 'there', version: '1', startedAt: 0, head: 0, seenAt: clock.now() };
    await store.noteNode('there', hung, 0);
    const frozenAt = clock.now();
    const first = await cut(here.registry, { lastAccessTo: iso(frozenAt) });
    assert.deepEqual([first.revocation.matched, first.unheard], [0, ['there']]);
    clock.advance(minute);
    // It has been silent for so long that nobody waits for it any more; it may still wake, and what it noted may matter.
    assert.deepEqual((await cut(here.registry, { lastAccessTo: iso(frozenAt) })).unheard, ['there']);
    const later = await cut(here.registry, { lastAccessFrom: iso(frozenAt + minute / 2) });
    assert.deepEqual(later.unheard, ['there']);
    await store.noteNode('there', undefined, 0);
    assert.deepEqual((await cut(here.registry, { lastAccessTo: iso(frozenAt) })).unheard, []);
  });
});

describe('the calls by which a node has the others write', () => {
  function caller(others: () => readonly NodeState[], store: Partial<Store> = {}) {
    const said: (string | undefined)[] = [];
    const calls: AccessCalls = new AccessCalls({
      name: 'here',
      others: async () => others(),
      say: async () => void said.push(calls.said.calls),
      write: async () => undefined,
      isSilent: () => false,
      waitMs: 60_000,
      ...store,
    });
    return { calls, said };
  }

  it('are one for all that come while another is under way, and never that one', async () => {
    const other = (followed?: string): NodeState => ({
      ...{ name: 'there', version: '1', startedAt: 0, head: 0, seenAt: 0 },
      ...(followed === undefined ? {} : { followed: { here: followed } }),
    });
    let follows = false;
    const { calls, said } = caller(() => [other(follows ? said.at(-1) : undefined)]);
    const first = calls.call();
    const second = calls.call();
    assert.equal(calls.call(), second);
    assert.notEqual(first, second);
    follows = true;
    assert.deepEqual(await Promise.all([first, second]), [[], []]);
    assert.equal(new Set(said).size, 2, 'two calls were said, each with an id of its own');
    assert.equal(calls.said.calls, undefined);
  });

  it('say nothing where a node is alone', async () => {
    const { calls, said } = caller(() => []);
    assert.deepEqual([await calls.call(), said], [[], []]);
  });
});
