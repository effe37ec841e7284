import type { TestContext } from 'node:test';
import type { Clock } from '../../src/core/clock.ts';
import { Registry, type RegistryOptions, type Verdict } from '../../src/session/registry.ts';
import type { Selector } from '../../src/session/selector.ts';
import { ManualClock } from './manual-clock.ts';
import { anOrigin } from './sessions.ts';
import { type OpenedSqlite, openTemporarySqlite } from './sqlite.ts';

type Options = Partial<Omit<RegistryOptions, 'store' | 'clock'>>;

/** A registry on a SQLite store of its own; both go with the test. */
export class OpenedRegistry {
  readonly clock: ManualClock;
  readonly opened: OpenedSqlite;
  registry: Registry;

  private constructor(opened: OpenedSqlite, registry: Registry, clock: ManualClock) {
    this.opened = opened;
    this.registry = registry;
    this.clock = clock;
  }

  static async open(t: TestContext, options: Options = {}): Promise<OpenedRegistry> {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    const clock = new ManualClock();
    const registry = await Registry.open({ ...options, store: opened.store, clock });
    return new OpenedRegistry(opened, registry, clock);
  }

  get store() {
    return this.opened.store;
  }

  get now(): number {
    return this.clock.now();
  }

  /** Another registry on the same store, as another node on the same database would be. */
  another(clock: Clock = this.clock): Promise<Registry> {
    return Registry.open({ store: this.store, clock });
  }

  /** Writes what is gathered, closes everything, and opens it again. */
  async restart(clock: Clock = this.clock): Promise<void> {
    await this.registry.close();
    await this.opened.reopen();
    this.registry = await Registry.open({ store: this.store, clock });
  }

  cut(selector: Selector = { all: true }, registry: Registry = this.registry) {
    return registry.terminate({ selector, reason: 'a test', origin: anOrigin });
  }

  /** What a check without a touch says of a token: `live`, or why not. */
  async state(token: string, registry: Registry = this.registry): Promise<string> {
    return stateOf(await registry.check(token, { touch: false }));
  }

  /** What a check with a touch says. */
  async use(token: string): Promise<string> {
    return stateOf(await this.registry.check(token));
  }

  /** Marks what is over, as the background work does. */
  async tidy(): Promise<void> {
    await this.registry.touches.flushAll();
    for (let n = 0; n < 1000 && (await this.store.sweep(this.now)).more; n++);
    for (let n = 0; n < 1000 && (await this.store.expire(this.now)).more; n++);
  }
}

/** `live`, or the reason of a verdict. */
export function stateOf(verdict: Verdict): string {
  return verdict.live ? 'live' : verdict.reason;
}
