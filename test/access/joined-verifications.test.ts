import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../support/manual-clock.ts';
import { openNode, sharedData } from '../support/nodes-on-one-store.ts';
import { anAdministrator, aPassword, orderOf } from '../support/opened-access.ts';
import { postgresStores } from '../support/postgres-store.ts';

const order = orderOf(anAdministrator());
const from = { ip: '198.51.100.7' };

/** Something that a test reaches, and lets go on. */
function gate() {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { reach: () => reach(), reached, open: () => open(), opened };
}

for (const { engine, skip, make } of sharedData(postgresStores())) {
  describe(`a call that joins the verification of an equal one on ${engine}`, { skip }, () => {
    it('is refused where another node has removed the administrator before it came', async (t) => {
      const clock = new ManualClock();
      const data = await make(t);
      const there = await openNode(t, await data.open(), clock);
      await there.access.firstStart({ password: aPassword });
      const ann = { username: 'ann', accessGroups: ['read'], realm: null, password: aPassword };
      const { id } = await there.access.administrators.create(ann, order);
      const store = await data.open();
      const { attempts } = store;
      const counting = gate();
      // The password was found to be right by then, and has still to take its turn.
      const succeed: typeof attempts.succeed = async (place, now) => {
        counting.reach();
        await counting.opened;
        return attempts.succeed(place, now);
      };
      const held = new Proxy(attempts, {
        get: (_all, name: keyof typeof attempts) =>
          name === 'succeed' ? succeed : attempts[name].bind(attempts),
      });
      const here = await openNode(t, Object.assign(store, { attempts: held }), clock);
      const first = here.access.authenticateBasic('ann', aPassword, from);
      await counting.reached;
      await there.access.administrators.remove(id, order);
      const late = here.access.authenticateBasic('ann', aPassword, from);
      counting.open();
      await first;
      await assert.rejects(late, { code: 'unauthenticated' });
    });
  });
}
