import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { it } from 'node:test';
import type { Selector } from '../../src/session/selector.ts';
import { checkOver } from '../promises/server-process.ts';
import { serversOnOnePostgres } from '../promises/servers-on-one-postgres.ts';
import { skipWithoutPostgres } from '../support/postgres.ts';

it('a cut by last access knows what every node has answered before it, and names a node that stands still', {
  skip: skipWithoutPostgres(),
  timeout: 120_000,
}, async (t) => {
  const servers = await serversOnOnePostgres(t);
  const start = (name: string) => servers.start(name, { flags: ['--node-name', name] });
  const [here, there] = await Promise.all([start('here'), start('there')]);
  const signIn = async (username: string): Promise<string> => {
    const provider = { type: 'basic', name: 'main' };
    return (await here.client.sessions.register({ username, provider })).token;
  };
  const state = async (token: string): Promise<number[]> =>
    Promise.all([here, there].map(async (server) => (await checkOver(server, token)).status));
  const cut = (selector: Selector) => here.client.revocations.create({ selector, reason: 'a test' });
  /** An instant after everything before, and before everything after. */
  const instant = async (): Promise<string> => {
    const at = Date.now() + 2;
    while (Date.now() <= at) await new Promise(setImmediate);
    return new Date(at).toISOString();
  };

  for (let round = 0; round < 5; round++) {
    const [used, unused] = [await signIn('ann'), await signIn('bob')];
    const since = await instant();
    assert.equal((await checkOver(there, used)).status, 200);
    if (round % 2 === 0) {
      const { matched, unheard } = await cut({ lastAccessTo: since });
      assert.deepEqual([matched, unheard], [1, undefined], `round ${round}`);
      assert.deepEqual(
        [await state(used), await state(unused)],
        [
          [200, 200],
          [401, 401],
        ],
      );
    } else {
      const { matched, unheard } = await cut({ lastAccessFrom: since });
      assert.deepEqual([matched, unheard], [1, undefined], `round ${round}`);
      assert.deepEqual(
        [await state(used), await state(unused)],
        [
          [401, 401],
          [200, 200],
        ],
      );
    }
    await cut({ all: true });
  }

  const [used, unused] = [await signIn('ann'), await signIn('bob')];
  const since = await instant();
  assert.equal((await checkOver(here, used)).status, 200);
  there.signal('SIGSTOP');
  const stopped = await cut({ lastAccessFrom: since });
  assert.deepEqual([stopped.matched, stopped.unheard], [1, ['there']]);
  there.signal('SIGCONT');
  assert.deepEqual(
    [await state(used), await state(unused)],
    [
      [401, 401],
      [200, 200],
    ],
  );
  assert.equal((await cut({ lastAccessFrom: since })).unheard, undefined);
  assert.deepEqual(await state(unused), [401, 401]);

  const [late, idle] = [await signIn('ann'), await signIn('bob')];
  const before = await instant();
  assert.equal((await checkOver(there, late)).status, 200);
  // It stops in order, which a request that does not come to its end holds up.
  const endless = request(`${there.url}/v1/sessions`, { method: 'POST', headers: { 'content-length': 100 } });
  endless.on('error', () => undefined).write('{');
  await once(endless, 'socket');
  await checkOver(there, late);
  const stopping = there.stop();
  while (
    await checkOver(there, late).then(
      ({ status }) => status === 200,
      () => false,
    )
  );
  const { matched } = await cut({ lastAccessTo: before });
  assert.equal(matched, 1);
  assert.deepEqual([(await checkOver(here, late)).status, (await checkOver(here, idle)).status], [200, 401]);
  endless.destroy();
  await stopping;
});
