import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { LockOut } from '../../src/access/lock-out.ts';
import { ManualClock, minute, second } from '../support/manual-clock.ts';
import { type AccessNode, openNode, sharedData } from '../support/nodes-on-one-store.ts';
import { aPassword, aSealer } from '../support/opened-access.ts';
import { postgresStores } from '../support/postgres-store.ts';
import { desk, guess, stranger, type Verdict } from './password-guesses.ts';

const postgres = postgresStores();

/** What is told, in the order of the alphabet, of guesses made at the same instant, of which one late one is right. */
async function burst(node: AccessNode, ip: string): Promise<Verdict[]> {
  const guesses = Array.from({ length: 20 }, (_, n) => guess(node, n === 15 ? aPassword : `wrong ${n}`, ip));
  return (await Promise.all(guesses)).sort();
}

const asMany: readonly Verdict[] = [
  ...Array<Verdict>(17).fill('refused'),
  ...Array<Verdict>(3).fill('wrong'),
];

for (const { engine, skip, make } of sharedData(postgres)) {
  describe(`a password that is right among many guesses on ${engine}`, { skip }, () => {
    async function aNode(t: TestContext, clock: ManualClock): Promise<AccessNode> {
      const node = await openNode(t, await (await make(t)).open(), clock);
      await node.access.firstStart({ password: aPassword });
      return node;
    }

    it('is told no sooner than wrong ones that were tried before it', async (t) => {
      const clock = new ManualClock();
      const node = await aNode(t, clock);
      assert.deepEqual(await burst(node, stranger), asMany);
      clock.advance(second);
      assert.equal(await guess(node, aPassword, stranger), 'right');
    });

    it('is not told either where it was verified lately, from elsewhere or from the same address', async (t) => {
      const clock = new ManualClock();
      const node = await aNode(t, clock);
      assert.equal(await guess(node, aPassword, desk), 'right');
      assert.deepEqual(await burst(node, stranger), asMany);
      assert.deepEqual(await burst(node, desk), asMany);
      clock.advance(second);
      assert.equal(await guess(node, aPassword, desk), 'right');
    });

    it('waits for those that others count meanwhile, whatever is to follow', async (t) => {
      const clock = new ManualClock();
      const store = await (await make(t)).open();
      for (const end of ['succeeded', 'confirmed'] as const) {
        const [here, there] = [
          new LockOut({ sealer: aSealer, store: store.attempts, clock }),
          new LockOut({ sealer: aSealer, store: store.attempts, clock }),
        ];
        // An address that is known already leaves nothing to write.
        await (await here.begin(end, desk)).succeeded();
        await new Promise((resolve) => setImmediate(resolve));
        const right = await here.begin(end, desk);
        const wrong = await Promise.all(Array.from({ length: 3 }, () => there.begin(end, desk)));
        const counted = wrong.map((attempt) => attempt.failed());
        await assert.rejects(right[end](), { code: 'locked_out' });
        await Promise.all(counted);
        clock.advance(minute);
      }
    });
  });
}
