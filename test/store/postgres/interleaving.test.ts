import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { hashSecret, newSessionToken } from '../../../src/core/tokens.ts';
import type { NewSession, RegisterCommand, StoredSession } from '../../../src/session/store.ts';
import { endSession, touchSessions, updateSession } from '../../../src/store/postgres/change.ts';
import { Connection } from '../../../src/store/postgres/connection.ts';
import { LedgerView } from '../../../src/store/postgres/ledger-view.ts';
import type { Knowledge } from '../../../src/store/postgres/parts.ts';
import { register } from '../../../src/store/postgres/register.ts';
import { revoke } from '../../../src/store/postgres/revoke.ts';
import { Words } from '../../../src/store/postgres/words.ts';
import { type Write, Writer } from '../../../src/store/postgres/writer.ts';
import { assertChained } from '../../suites/store/revoking.ts';
import { iso, startOfTime } from '../../support/manual-clock.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { type OpenedPostgres, postgresStores } from '../../support/postgres-store.ts';
import { aSession, toRevoke } from '../../support/sessions.ts';
import { SteppedConnection } from './stepped.ts';

const skip = skipWithoutPostgres();
const now = startOfTime + 60_000;

/** A node that is led through its transactions step by step. */
class Node {
  readonly connection: SteppedConnection;
  readonly knowledge: Knowledge;
  readonly #writer: Writer;
  readonly #connections: readonly Connection[];

  private constructor(url: string, name: string) {
    const connect = (what: string) => new Connection({ url, where: 'the test', name: `${name} ${what}` });
    const side = connect('side');
    const writing = connect('write');
    this.#connections = [side, writing];
    this.connection = new SteppedConnection(writing);
    const view = new LedgerView((one) => side.query(one));
    this.knowledge = { view, words: new Words((one) => side.query(one)) };
    this.#writer = new Writer(this.connection, view);
  }

  static async open(url: string, name: string): Promise<Node> {
    const node = new Node(url, name);
    await node.knowledge.view.open();
    return node;
  }

  run<Result>(make: (knowledge: Knowledge) => Write<Result>): Promise<Result> {
    return this.#writer.run(make(this.knowledge));
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}

describe('two nodes, whichever way the statements of their transactions fall', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();
  let opened: OpenedPostgres;
  let one: Node;
  let other: Node;
  let user = '';

  before(async () => {
    opened = await stores.open();
    one = await Node.open(opened.url, 'one');
    other = await Node.open(opened.url, 'other');
  });
  after(async () => {
    await Promise.all([one.close(), other.close()]);
    await opened.close();
  });

  /** Whether a node waits for a lock that the other one holds. */
  async function isWaiting(name: string): Promise<boolean> {
    const { rows } = await opened.postgres.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'",
      [`${name} write`],
    );
    return rows.length > 0;
  }

  /** Waits until a node has taken its steps, has come to its end, or cannot go on without the other. */
  async function settle(node: Node, name: string, isDone: () => boolean): Promise<void> {
    while (!isDone() && !node.connection.isStopped) {
      if (node.connection.isRunning && (await isWaiting(name))) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * Plays a race in every order: the one node takes so many steps, then the other so many, then both go on to their ends. What
   * came out of both is judged each time. Gives how many orders there were.
   */
  async function race<A, B>(scene: {
    prepare?: () => Promise<void>;
    a: (knowledge: Knowledge) => Write<A>;
    b: (knowledge: Knowledge) => Write<B>;
    judge: (a: A, b: B) => Promise<void>;
  }): Promise<number> {
    let orders = 0;
    let longest = { a: 1, b: 1 };
    for (const first of ['a', 'b'] as const) {
      for (let stepsA = 0; stepsA <= longest.a; stepsA++) {
        for (let stepsB = 0; stepsB <= longest.b; stepsB++) {
          user = `user ${randomUUID()}`;
          one.connection.free();
          other.connection.free();
          await scene.prepare?.();
          await Promise.all([one.knowledge.view.catchUp(), other.knowledge.view.catchUp()]);
          one.connection.allow(stepsA);
          other.connection.allow(stepsB);
          const ended = { a: false, b: false };
          const startA = () => one.run(scene.a).finally(() => (ended.a = true));
          const startB = () => other.run(scene.b).finally(() => (ended.b = true));
          let a: Promise<A>;
          let b: Promise<B>;
          if (first === 'a') {
            a = startA();
            await settle(one, 'one', () => ended.a);
            b = startB();
            await settle(other, 'other', () => ended.b);
          } else {
            b = startB();
            await settle(other, 'other', () => ended.b);
            a = startA();
            await settle(one, 'one', () => ended.a);
          }
          one.connection.free();
          other.connection.free();
          const [outcomeA, outcomeB] = await Promise.all([a, b]);
          longest = {
            a: Math.max(longest.a, Math.min(one.connection.taken, 8)),
            b: Math.max(longest.b, Math.min(other.connection.taken, 8)),
          };
          await scene.judge(outcomeA, outcomeB);
          orders += 1;
        }
      }
    }
    return orders;
  }

  function order(changes: Partial<NewSession> = {}, rest: Partial<RegisterCommand> = {}): RegisterCommand {
    const epoch = one.knowledge.view.head;
    return {
      session: aSession({
        username: user,
        subject: user,
        createdAt: now - 1000,
        lastAccessAt: now - 1000,
        idleTimeoutMs: null,
        expiresAt: null,
        epoch,
        ...changes,
      }),
      tokenHash: hashSecret(newSessionToken()),
      limit: { kind: 'unlimited' },
      now: now - 1000,
      ...rest,
    };
  }

  /** The sessions of the user, with how they have ended. */
  async function sessionsNow(): Promise<readonly StoredSession[]> {
    const query = { selector: { username: user }, state: 'any', now, limit: 100 } as const;
    return (await opened.store.list(query)).sessions;
  }

  let present: StoredSession;
  const signIn =
    (changes: Partial<NewSession> = {}) =>
    async (): Promise<void> => {
      const outcome = await one.run((knowledge) => register(order(changes), knowledge));
      assert.ok(outcome.kind === 'registered');
      present = outcome.session;
    };

  it('a sign-in that began before a cut is refused, or counted and ended by it (P3)', async (t) => {
    let made: RegisterCommand;
    const seen = new Set<string>();
    const orders = await race({
      a: (knowledge) => {
        made = order();
        return register(made, knowledge);
      },
      b: (knowledge) => revoke(toRevoke({ username: user }, { now }), knowledge),
      async judge(registered, cut) {
        assert.ok(cut.kind === 'revoked');
        const sessions = await sessionsNow();
        seen.add(registered.kind);
        if (registered.kind === 'revoked') {
          assert.deepEqual([cut.entry.matched, sessions.length], [0, 0]);
          return;
        }
        assert.equal(registered.kind, 'registered');
        assert.equal(cut.entry.matched, 1);
        assert.equal(sessions[0]?.ended?.revocation, cut.entry.seq);
      },
    });
    assert.deepEqual([...seen].sort(), ['registered', 'revoked'], 'both came to pass');
    t.diagnostic(`${orders} orders`);
    await assertChained(opened.store);
  });

  for (const kind of ['refuse', 'displace'] as const) {
    it(`a limit of one session holds where two nodes register at once (${kind})`, async (t) => {
      const limit = { kind, max: 1, per: 'user' } as const;
      const orders = await race({
        a: (knowledge) => register(order({}, { limit }), knowledge),
        b: (knowledge) => register(order({}, { limit }), knowledge),
        async judge(a, b) {
          const live = (await sessionsNow()).filter(({ ended }) => ended === undefined);
          assert.equal(live.length, 1);
          const kinds = [a.kind, b.kind].sort();
          assert.deepEqual(
            kinds,
            kind === 'refuse' ? ['limit_reached', 'registered'] : ['registered', 'registered'],
          );
        },
      });
      t.diagnostic(`${orders} orders`);
    });
  }

  it('the same idempotency key makes one session on two nodes', async (t) => {
    let idempotency: RegisterCommand['idempotency'];
    const orders = await race({
      async prepare() {
        idempotency = { key: hashSecret(user), request: hashSecret('a request') };
      },
      a: (knowledge) => register(order({}, idempotency === undefined ? {} : { idempotency }), knowledge),
      b: (knowledge) => register(order({}, idempotency === undefined ? {} : { idempotency }), knowledge),
      async judge(a, b) {
        assert.deepEqual([a.kind, b.kind].sort(), ['registered', 'repeated']);
        assert.equal((await sessionsNow()).length, 1);
      },
    });
    t.diagnostic(`${orders} orders`);
  });

  it('rights that change while a cut names the old ones: ended if it was counted, live if not (P1, P4)', async (t) => {
    const orders = await race({
      prepare: signIn({ accessGroups: ['ops'] }),
      a: (knowledge) => updateSession({ id: present.id, now, accessGroups: ['none'] }, knowledge),
      b: (knowledge) =>
        revoke(toRevoke({ accessGroup: 'ops', sessionIds: [present.id] }, { now }), knowledge),
      async judge(updated, cut) {
        assert.ok(cut.kind === 'revoked');
        const [session] = await sessionsNow();
        assert.equal(session?.ended?.reason, cut.entry.matched === 1 ? 'revoked' : undefined);
        assert.equal(updated === undefined, cut.entry.matched === 1);
      },
    });
    t.diagnostic(`${orders} orders`);
  });

  it('an access that is written while a cut goes by last access: ended if it was counted, live if not', async (t) => {
    const orders = await race({
      prepare: signIn(),
      a: (knowledge) => touchSessions([{ number: present.number, lastAccessAt: now - 500 }], knowledge),
      b: (knowledge) =>
        revoke(
          toRevoke({ username: user, lastAccessFrom: iso(now - 600), lastAccessTo: iso(now + 1) }, { now }),
          knowledge,
        ),
      async judge(_touched, cut) {
        assert.ok(cut.kind === 'revoked');
        const [session] = await sessionsNow();
        assert.equal(session?.ended?.reason, cut.entry.matched === 1 ? 'revoked' : undefined);
      },
    });
    t.diagnostic(`${orders} orders`);
  });

  it('a session that is used while those active are cut does not leave their range by that', async (t) => {
    const orders = await race({
      prepare: signIn({ lastAccessAt: now - 500 }),
      a: (knowledge) => touchSessions([{ number: present.number, lastAccessAt: now + 40 }], knowledge),
      b: (knowledge) =>
        revoke(
          toRevoke(
            { username: user, lastAccessFrom: iso(now - 600), lastAccessTo: iso(now + 1) },
            { now, untilCommit: true },
          ),
          knowledge,
        ),
      async judge(_touched, cut) {
        assert.ok(cut.kind === 'revoked');
        assert.equal(cut.entry.matched, 1);
        const [session] = await sessionsNow();
        assert.equal(session?.ended?.revocation, cut.entry.seq);
      },
    });
    t.diagnostic(`${orders} orders`);
  });

  it('a logout and a cut at once: the session ends by the one that came first, and is counted for that alone', async (t) => {
    const orders = await race({
      prepare: signIn(),
      a: (knowledge) => endSession({ id: present.id, reason: 'logged_out', now }, knowledge),
      b: (knowledge) => revoke(toRevoke({ username: user }, { now }), knowledge),
      async judge(left, cut) {
        assert.ok(cut.kind === 'revoked');
        const [session] = await sessionsNow();
        assert.equal(session?.ended?.reason, cut.entry.matched === 1 ? 'revoked' : 'logged_out');
        assert.equal(left === undefined, cut.entry.matched === 1);
      },
    });
    t.diagnostic(`${orders} orders`);
  });

  it('two cuts at once: numbers without a gap, a chain that holds, and each session counted once', async (t) => {
    const orders = await race({
      prepare: signIn(),
      a: (knowledge) => revoke(toRevoke({ username: user }, { now }), knowledge),
      b: (knowledge) => revoke(toRevoke({ username: user }, { now }), knowledge),
      async judge(a, b) {
        assert.ok(a.kind === 'revoked' && b.kind === 'revoked');
        assert.equal(Math.abs(a.entry.seq - b.entry.seq), 1);
        assert.equal(a.entry.matched + b.entry.matched, 1);
      },
    });
    await assertChained(opened.store);
    t.diagnostic(`${orders} orders`);
  });
});
