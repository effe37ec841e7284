import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { hashSecret } from '../../src/core/tokens.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Lookup, Store } from '../../src/session/store.ts';
import { OpenedRegistry } from '../support/opened-registry.ts';
import { aRegistration } from '../support/sessions.ts';

/** The store with some methods replaced. */
function changed(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const found: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

/** A session with the group `a`, a node that is one cut behind, and what others do while that node reads the ledger. */
async function nodeBehind(t: TestContext, methods: (on: OpenedRegistry, id: string) => Partial<Store>) {
  const on = await OpenedRegistry.open(t);
  const { session, token } = await on.registry.register(aRegistration({ accessGroups: ['a'] }));
  const store = changed(on.store, methods(on, session.id));
  const node = await Registry.open({ store, clock: on.clock });
  await on.cut({ username: 'somebody else' });
  return { on, token, node };
}

for (const kind of ['at once', 'by a promise']) {
  it(`P4: a cut that comes while a node catches up spares who lost the right it names before, where the store answers ${kind}`, async (t) => {
    let isReading = false;
    const { token, node } = await nodeBehind(t, (on, id) => ({
      lookup: (hash) => (kind === 'at once' ? on.store.lookup(hash) : Promise.resolve(on.store.lookup(hash))),
      async revocations(query) {
        if (!isReading) {
          isReading = true;
          await on.store.update({ id, accessGroups: ['b'], now: on.now });
          await on.cut({ accessGroup: 'a' });
        }
        return on.store.revocations(query);
      },
    }));
    assert.equal((await node.check(token)).live, true);
    assert.equal(isReading, true);
  });
}

it('P5: a store that answers from before a known cut for ever lets nobody pass, and keeps nobody waiting', async (t) => {
  let stale: Lookup | undefined;
  const { on, token, node } = await nodeBehind(t, () => ({ lookup: async () => stale as Lookup }));
  stale = on.store.lookup(hashSecret(token));
  await on.cut({ accessGroup: 'a' });
  await assert.rejects(async () => node.check(token), { code: 'store_unavailable' });
});
