import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { LocalUsers } from '../../src/sign-in/basic/local-users.ts';
import { hour, ManualClock, minute, second } from '../support/manual-clock.ts';
import { type AccessNode, openNode, sharedData } from '../support/nodes-on-one-store.ts';
import { aPassword, aSealer } from '../support/opened-access.ts';
import { postgresStores } from '../support/postgres-store.ts';
import { anOrigin } from '../support/sessions.ts';
import { desk, guess, stranger, type Verdict } from './password-guesses.ts';

const postgres = postgresStores();
/** Verdicts that one guesser is told at once, and until the account is locked for their address. */
const [atOnce, untilLocked] = [3, 10];

/** As many guesses at each node at the same instant. */
async function guessAtAll(nodes: readonly AccessNode[], each: number, ip = stranger): Promise<number> {
  const guesses = nodes.flatMap((node, at) =>
    Array.from({ length: each }, (_, n) => guess(node, `wrong guess ${at} ${n}`, ip)),
  );
  return (await Promise.all(guesses)).filter((verdict) => verdict !== 'refused').length;
}

for (const { engine, skip, make } of sharedData(postgres)) {
  describe(`whoever guesses passwords at several nodes on ${engine}`, { skip }, () => {
    async function nodes(t: TestContext, clock: ManualClock, count = 3): Promise<AccessNode[]> {
      const data = await make(t);
      const opened: AccessNode[] = [];
      for (let n = 0; n < count; n++) opened.push(await openNode(t, await data.open(), clock));
      await opened[0]?.access.firstStart({ password: aPassword });
      return opened;
    }

    it('is told no more at the same instant than at one node alone', async (t) => {
      const clock = new ManualClock();
      const all = await nodes(t, clock);
      assert.equal(await guessAtAll(all, 20), atOnce);
      assert.equal(await guessAtAll(all, 20), 0);
      clock.advance(second);
      assert.equal(await guessAtAll(all, 20), 1);
    });

    it('is locked out of all by the tenth failure, also with the right password, and alone at their address', async (t) => {
      const clock = new ManualClock();
      const all = await nodes(t, clock);
      let told = 0;
      for (let wait = 0; wait < 128; wait = wait === 0 ? 1 : wait * 2) {
        clock.advance(wait * second);
        told += await guessAtAll(all, 4);
      }
      assert.equal(told, untilLocked);
      clock.advance(14 * minute);
      for (const node of all) {
        // The administrator goes on at the desk, so each node has verified the password lately.
        assert.equal(await guess(node, aPassword, desk), 'right');
        assert.equal(await guess(node, aPassword, stranger), 'refused');
        assert.equal(await guess(node, 'wrong', stranger), 'refused');
      }
      for (const { store } of all) {
        const entries = (await store.journal(0, 100)).filter(({ event }) => event.endsWith('.locked_out'));
        assert.deepEqual(
          entries.map(({ event, from, detail }) => [event, from, detail.scope, detail.failures]),
          [['administrator.locked_out', stranger, 'pair', untilLocked]],
        );
      }
      clock.advance(minute);
      assert.equal(await guess(all[0] as AccessNode, aPassword, stranger), 'right');
      // What was cleared at one is cleared at all.
      assert.equal(await guessAtAll(all, 20), atOnce);
    });

    it('from many addresses locks the account at all nodes, but not where it has signed in at any of them', async (t) => {
      const clock = new ManualClock();
      const all = await nodes(t, clock);
      const [one, other, third] = all as [AccessNode, AccessNode, AccessNode];
      assert.equal(await guess(one, aPassword, desk), 'right');
      const verdicts: Verdict[] = [];
      for (let round = 0; round < 10; round++) {
        const guesses = Array.from({ length: 12 }, (_, n) =>
          guess(all[n % 3] as AccessNode, `wrong ${round}`, `203.0.${round}.${n}`),
        );
        verdicts.push(...(await Promise.all(guesses)));
      }
      assert.equal(verdicts.filter((verdict) => verdict === 'wrong').length, 100);
      assert.equal(await guess(other, aPassword, '192.0.2.1'), 'refused');
      assert.equal(await guess(third, aPassword, desk), 'right');
      // A process that starts anew knows both.
      clock.advance(2 * minute);
      await third.access.reload();
      assert.equal(await guess(third, aPassword, '192.0.2.1'), 'refused');
      assert.equal(await guess(other, aPassword, desk), 'right');
    });

    it('gains nothing at the sign-in of users either, whichever of password and code they guess', async (t) => {
      const clock = new ManualClock();
      const all = await nodes(t, clock, 2);
      const [one] = all as [AccessNode, AccessNode];
      const made = { realm: 'default', username: 'ann', password: aPassword, mustChangePassword: false };
      await one.access.users.create(made, anOrigin);
      const users = all.map(({ access, store }) => new LocalUsers({ access, store, clock, sealer: aSealer }));
      const tell = async (user: LocalUsers, password: string): Promise<Verdict> => {
        try {
          const found = await user.verify('default', { username: 'ann', password, ip: stranger });
          return found === undefined ? 'wrong' : 'right';
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'locked_out');
          return 'refused';
        }
      };
      const guesses = users.flatMap((user) => Array.from({ length: 15 }, (_, n) => tell(user, `wrong ${n}`)));
      const told = (await Promise.all(guesses)).filter((verdict) => verdict !== 'refused');
      assert.deepEqual(told, Array<Verdict>(atOnce).fill('wrong'));
      assert.deepEqual(await Promise.all(users.map((user) => tell(user, aPassword))), ['refused', 'refused']);
      clock.advance(second);
      assert.deepEqual(await tell(users[1] as LocalUsers, aPassword), 'right');
      assert.deepEqual(await tell(users[0] as LocalUsers, aPassword), 'right');
    });

    it('leaves nothing behind once it is forgotten', async (t) => {
      const clock = new ManualClock();
      const all = await nodes(t, clock, 2);
      const [{ store }] = all as [AccessNode, AccessNode];
      await guessAtAll(all, 5);
      clock.advance(hour + second);
      const { rows } = await store.attempts.forget(clock.now());
      // The account from its address, the account, and the address.
      assert.equal(rows, 3);
      assert.equal(await guessAtAll(all, 5), atOnce);
    });
  });
}
