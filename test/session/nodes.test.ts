import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Nodes } from '../../src/session/nodes.ts';
import { OpenedRegistry } from '../support/opened-registry.ts';

describe('the nodes that share a store', () => {
  it('know each other, the ledger that each has seen, and who has stopped', async (t) => {
    const one = await OpenedRegistry.open(t);
    const { store, clock, registry } = one;
    const other = await one.another();
    const node = (name: string, of = registry) =>
      new Nodes({ store, registry: of, clock, name, version: '1.2.3', isShared: true });
    const [a, b] = [node('a'), node('b', other)];
    await a.start();
    await b.start();
    await until(async () => (await a.list()).length === 2);
    await one.cut({ username: 'ann' });
    const startedAt = clock.now();
    clock.advance(20_000);
    const [first, second] = await a.list();
    assert.deepEqual(first, { name: 'a', version: '1.2.3', startedAt, head: 1, seenAt: startedAt + 20_000 });
    assert.deepEqual(second, { name: 'b', version: '1.2.3', startedAt, head: 0, seenAt: startedAt });
    await b.stop();
    assert.deepEqual(
      (await a.list()).map(({ name }) => name),
      ['a'],
    );
    await a.stop();
  });

  it('forget one that was not heard of for a day', async (t) => {
    const { store, clock, registry } = await OpenedRegistry.open(t);
    await store.noteNode('gone', { seenAt: clock.now() }, 0);
    const node = new Nodes({ store, registry, clock, name: 'here', version: '1', isShared: true });
    assert.equal((await node.list()).length, 2);
    clock.advance(25 * 3_600_000);
    await node.start();
    await until(async () => (await store.records('node')).every(({ id }) => id === 'here'));
    await node.stop();
  });

  it('are one where a process has its store to itself, which writes nothing of it', async (t) => {
    const { store, clock, registry } = await OpenedRegistry.open(t);
    const node = new Nodes({ store, registry, clock, name: 'alone', version: '1', isShared: false });
    await node.start();
    await node.stop();
    assert.deepEqual(await store.records('node'), []);
    assert.deepEqual(
      (await node.list()).map(({ name }) => name),
      ['alone'],
    );
  });

  it('say once that they cannot be heard of, and once that they can again', async (t) => {
    const { store, clock, registry } = await OpenedRegistry.open(t);
    let isBroken = true;
    const told: boolean[] = [];
    const node = new Nodes({
      store: {
        records: (kind) => store.records(kind),
        noteNode: async (...args) => {
          if (isBroken) throw new Error('broken');
          await store.noteNode(...args);
        },
      },
      registry,
      clock,
      name: 'here',
      version: '1',
      isShared: true,
      intervalMs: 5,
      onChange: (error) => told.push(error === undefined),
    });
    await node.start();
    await until(async () => told.length === 1);
    isBroken = false;
    await until(async () => told.length === 2);
    assert.deepEqual(told, [false, true]);
    await node.stop();
  });
});

/** Waits until something is so; the test's own limit of time ends it otherwise. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}
