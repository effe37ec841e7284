import type { Registry } from '../../src/session/registry.ts';
import { registryOnCopy } from '../curfew-on-copy.ts';
import { measured, median } from '../measurement.ts';
import type { BenchContext, Row } from '../row.ts';
import { sampleTokens } from '../sampling.ts';

const bar = 100_000;

/** From a token to a verdict within one process: for sessions in use, as those behind a proxy are, and for all over the store. */
export const registryCheck: Row = {
  name: 'registry',
  title: 'Registry check in process: token to verdict',
  isLoad: false,
  async run(context) {
    const { registry, store } = await registryOnCopy(context, 'data');
    const inUse = sampleTokens(10_000, context.size);
    const anywhere = sampleTokens(context.isQuick ? 50_000 : 200_000, context.size);
    const measurements = [
      await measure(registry, context, { tokens: inUse, perTurn: 64, bar: { atLeast: 1 } }),
      await measure(registry, context, { tokens: inUse, perTurn: 1 }),
      await measure(registry, context, { tokens: anywhere, perTurn: 64 }),
      await measure(registry, context, { tokens: anywhere, perTurn: 1 }),
    ];
    await registry.close();
    await store.close();
    return measurements;
  },
};

interface Traffic {
  readonly tokens: readonly string[];
  /** How many checks fall into one turn of the event loop. */
  readonly perTurn: number;
  readonly bar?: { readonly atLeast: number };
}

async function measure(registry: Registry, { isQuick, size }: BenchContext, traffic: Traffic) {
  const { tokens, perTurn } = traffic;
  const rates: number[] = [];
  let isEachLive = true;
  for (let round = 0; round < (isQuick ? 4 : 8); round++) {
    const { perSecond, live } = await checkAll(registry, traffic);
    // What is asked for twice is kept, so sessions in use have settled after the second round.
    if (round > 1) rates.push(perSecond);
    isEachLive &&= live === tokens.length;
  }
  return measured({
    what: `checks of ${tokens.length.toLocaleString('en')} sessions in use, ${perTurn === 1 ? 'one' : perTurn} in a turn of the event loop`,
    ours: { value: median(rates), unit: '/s' },
    against: { name: 'limit', value: bar },
    ...(traffic.bar === undefined ? {} : { bar: traffic.bar }),
    holds: isEachLive,
    note: `${size.toLocaleString('en')} sessions in the store${isEachLive ? '' : '; not all of those asked for were live'}`,
  });
}

async function checkAll(
  registry: Registry,
  { tokens, perTurn }: Traffic,
): Promise<{ perSecond: number; live: number }> {
  let live = 0;
  const start = performance.now();
  for (let from = 0; from < tokens.length; from += perTurn) {
    const end = Math.min(from + perTurn, tokens.length);
    for (let place = from; place < end; place++) {
      const verdict = registry.check(tokens[place]);
      if (!(verdict instanceof Promise) && verdict.live) live++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { perSecond: (tokens.length * 1000) / (performance.now() - start), live };
}
