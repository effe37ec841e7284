import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { Nodes } from '../../src/session/nodes.ts';
import type { Closing, Fact, Position, Watcher } from '../../src/signals/facts.ts';
import { Feed, type FeedOptions } from '../../src/signals/feed.ts';
import { OpenedRegistry } from '../support/opened-registry.ts';
import { withSeed } from '../support/seed.ts';
import { anOrigin } from '../support/sessions.ts';

/** Notes what it is told. */
class Noting implements Watcher {
  readonly realm = null;
  readonly facts: Fact[] = [];
  readonly from: Position;
  closedBy: Closing | undefined;
  lapse: Closing | undefined;
  #look: () => void = () => {};

  constructor(from: Position) {
    this.from = from;
  }

  tell(fact: Fact): void {
    assert.equal(this.closedBy, undefined, 'nothing is told after the end');
    this.facts.push(fact);
    this.#look();
  }

  /** Waits a turn, as a reader does whose connection is slow. */
  async ready(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  }

  async closing(): Promise<Closing | undefined> {
    return this.lapse;
  }

  close(why: Closing): void {
    this.closedBy = why;
    this.#look();
  }

  /** The place that it was told up to. */
  get at(): Position {
    const last = this.facts.findLast((fact) => 'position' in fact);
    return last !== undefined && 'position' in last ? last.position : this.from;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  /** Asserts that it was told every entry of both chains after its start up to these, once and in order. */
  assertWhole(end: Position): void {
    const seqs = (type: 'revocation' | 'journal') =>
      this.facts.flatMap((fact) => (fact.type === type ? [fact.entry.seq] : []));
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n + 1);
    assert.deepEqual(seqs('revocation'), range(this.from.seq, end.seq));
    assert.deepEqual(seqs('journal'), range(this.from.journal, end.journal));
  }
}

async function stage(t: TestContext, changes: Partial<FeedOptions> = {}) {
  const opened = await OpenedRegistry.open(t);
  const { registry, store, clock } = opened;
  const nodes = new Nodes({ store, registry, clock, name: 'test', version: '1', isShared: false });
  const feed = new Feed({ store, registry, clock, nodes, ...changes });
  const end = { seq: 0, journal: 0 };
  return {
    feed,
    end,
    async cut(): Promise<void> {
      await opened.cut({ username: 'nobody' });
      end.seq += 1;
    },
    async change(): Promise<void> {
      await store.changeRecords({ ...anOrigin, writes: [], event: 'test', detail: {}, now: clock.now() });
      end.journal += 1;
    },
  };
}

describe('the feed', () => {
  it('tells each watcher every entry once and in order, whenever and from wherever it comes and goes', async (t) => {
    await withSeed(async (random) => {
      const { feed, end, cut, change } = await stage(t);
      const watchers = new Set<Noting>();
      const left: Noting[] = [];
      const joining: Promise<void>[] = [];
      for (let step = 0; step < 400; step++) {
        const draw = random.below(10);
        if (draw < 4) await cut();
        else if (draw < 6) await change();
        else if (draw < 8 || watchers.size === 0) {
          const from = { seq: random.below(end.seq + 1), journal: random.below(end.journal + 1) };
          const watcher = new Noting(random.below(2) === 0 ? { ...end } : from);
          watchers.add(watcher);
          joining.push(feed.join(watcher, watcher.from));
        } else if (draw === 8) {
          // Sometimes all of them, so that the next one begins with an empty room.
          for (const watcher of random.below(3) === 0 ? [...watchers] : [...watchers].slice(0, 1)) {
            watchers.delete(watcher);
            left.push(watcher);
            feed.leave(watcher);
          }
        } else await new Promise((resolve) => setTimeout(resolve, random.below(30)));
      }
      await Promise.all(joining);
      await Promise.all(
        [...watchers].map((one) => one.until(() => one.at.seq === end.seq && one.at.journal === end.journal)),
      );
      for (const watcher of watchers) watcher.assertWhole(end);
      for (const watcher of left) if (watcher.closedBy === undefined) watcher.assertWhole(watcher.at);
      await feed.stop();
      for (const watcher of watchers) assert.equal(watcher.closedBy, 'stopping');
    });
  });

  it('tells nobody anything who may not hear it any more', async (t) => {
    const { feed, cut } = await stage(t);
    const [one, other] = [new Noting({ seq: 0, journal: 0 }), new Noting({ seq: 0, journal: 0 })];
    await feed.join(one, one.from);
    await feed.join(other, other.from);
    one.lapse = 'rights_changed';
    await cut();
    await other.until(() => other.at.seq === 1);
    assert.equal(one.closedBy, 'rights_changed');
    assert.equal(one.at.seq, 0);
    await feed.stop();
    const late = new Noting({ seq: 0, journal: 0 });
    await feed.join(late, late.from);
    assert.equal(late.closedBy, 'stopping');
  });

  it('says so when the store cannot be read, instead of being silent', async (t) => {
    const failures: unknown[] = [];
    const opened = await OpenedRegistry.open(t);
    const { registry, store, clock } = opened;
    const nodes = new Nodes({ store, registry, clock, name: 'test', version: '1', isShared: false });
    const feed = new Feed({ store, registry, clock, nodes, onFailure: (error) => failures.push(error) });
    const watcher = new Noting({ seq: 0, journal: 0 });
    await feed.join(watcher, watcher.from);
    await watcher.until(() => watcher.facts.some(({ type }) => type === 'pulse'));
    // Neither the feed nor a closed store keeps a process alive.
    const alive = setInterval(() => undefined, 1000);
    t.after(() => clearInterval(alive));
    await store.close();
    await watcher.until(() => watcher.closedBy !== undefined);
    assert.equal(watcher.closedBy, 'store_unavailable');
    assert.equal(failures.length, 1);
    assert.ok(failures[0] instanceof CurfewError);
    await feed.stop();
  });
});
