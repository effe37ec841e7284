import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type OpenStore, part } from './stage.ts';

/** Which realms there are. */
export function realmsPart(open: OpenStore): void {
  part('the realms', open, (stage) => {
    it('are those that sessions ever bore, each once, the first used first', async () => {
      const on = stage();
      const known = await on.store.realms();
      await on.signIn({ realm: `${on.realm} z`, username: 'ann' });
      await on.signIn({ realm: `${on.realm} a`, username: 'bob' });
      await on.signIn({ realm: `${on.realm} z`, username: 'cat' });
      assert.deepEqual(await on.store.realms(), [...known, `${on.realm} z`, `${on.realm} a`]);
    });

    it('stay known when their sessions have ended', async () => {
      const on = stage();
      const { id } = await on.signIn({ username: 'ann' });
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      assert.equal((await on.store.realms()).includes(on.realm), true);
    });
  });
}
