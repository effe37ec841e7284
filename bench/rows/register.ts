import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import type { Registration } from '../../src/session/registration.ts';
import { Registry } from '../../src/session/registry.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type Measurement, measured, median } from '../measurement.ts';
import { sessionAt } from '../population.ts';
import type { Row } from '../row.ts';

const together = 64;

/** Registrations that are on disk when they are answered: 64 under way at once share commits, one by one each has its own. */
export const registerTogether: Row = {
  name: 'register',
  title: 'Register, 64 at once, durable (FULL)',
  isLoad: false,
  async run({ directory, isQuick }) {
    const store = await openSqliteStore({ directory: join(directory, 'data') });
    const registry = await Registry.open({ store, clock: systemClock() });
    let next = 0;
    const registerNext = () => registry.register(registrationAt(next++));
    const oneByOne = async (count: number): Promise<number> => {
      const start = performance.now();
      for (let n = 0; n < count; n++) await registerNext();
      return (count * 1000) / (performance.now() - start);
    };
    const atOnce = async (count: number): Promise<number> => {
      const start = performance.now();
      let begun = 0;
      const one = async (): Promise<void> => {
        while (begun++ < count) await registerNext();
      };
      await Promise.all(Array.from({ length: together }, one));
      return (count * 1000) / (performance.now() - start);
    };
    const alone: number[] = [];
    const joined: number[] = [];
    for (let round = 0; round <= (isQuick ? 2 : 5); round++) {
      alone.push(await oneByOne(isQuick ? 300 : 1000));
      joined.push(await atOnce(isQuick ? 3000 : 10_000));
    }
    const pragmas = await store.pragmas();
    await registry.close();
    await store.close();
    return [
      measured({
        what: 'registrations, 64 at once',
        ours: { value: median(joined.slice(1)), unit: '/s' },
        against: { name: 'one commit each', value: median(alone.slice(1)) },
        bar: { atLeast: 5 },
        holds: pragmas[0]?.synchronous === 2,
        note: `one write and fsync of 4 KiB takes ${syncMicros(directory).toFixed(0)} µs on this disk; the slower it is, the more sharing it brings`,
      }),
    ] satisfies Measurement[];
  },
};

/** What an application sends after the login of the user of an index. */
function registrationAt(index: number): Registration {
  const { realm, username, subject, provider, accessGroups, client, app } = sessionAt(index, 1_000_000, 0);
  return { realm, username, subject, provider, accessGroups, client, app };
}

/** What one durable write costs here: the median of appending a block to a file and waiting until it is on disk. */
function syncMicros(directory: string): number {
  const file = openSync(join(directory, 'synced'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    const start = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    times.push((performance.now() - start) * 1000);
  }
  closeSync(file);
  return median(times);
}
