import { registryOnCopy } from '../curfew-on-copy.ts';
import { measured, median } from '../measurement.ts';
import type { Row } from '../row.ts';
import { sampleTokens } from '../sampling.ts';

const bar = 100_000;

/** From a token to a verdict within one process, for sessions all over the full store. */
export const registryCheck: Row = {
  name: 'registry',
  title: 'Registry check in process: token to verdict',
  isLoad: false,
  async run(context) {
    const { registry, store } = await registryOnCopy(context, 'data');
    const tokens = sampleTokens(context.isQuick ? 50_000 : 200_000, context.size);
    let live = 0;
    /** Checks every token, so many within one turn of the event loop; gives checks a second. */
    const rate = async (perTurn: number): Promise<number> => {
      live = 0;
      const start = performance.now();
      for (let from = 0; from < tokens.length; from += perTurn) {
        const end = Math.min(from + perTurn, tokens.length);
        for (let place = from; place < end; place++) {
          const verdict = registry.check(tokens[place]);
          if (!(verdict instanceof Promise) && verdict.live) live++;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return (tokens.length * 1000) / (performance.now() - start);
    };
    const medianRate = async (perTurn: number): Promise<number> => {
      const rates: number[] = [];
      for (let round = 0; round < (context.isQuick ? 3 : 7); round++) rates.push(await rate(perTurn));
      return median(rates.slice(1));
    };
    const joined = await medianRate(64);
    const holds = live === tokens.length;
    const alone = await medianRate(1);
    await registry.close();
    await store.close();
    const where = `${tokens.length.toLocaleString('en')} tokens of ${context.size.toLocaleString('en')} sessions, at random`;
    return [
      measured({
        what: 'registry checks, 64 in a turn of the event loop',
        ours: { value: joined, unit: '/s' },
        against: { name: 'limit', value: bar },
        bar: { atLeast: 1 },
        holds,
        note: holds ? where : `${where}; only ${live} were live`,
      }),
      measured({
        what: 'the same, one in a turn',
        ours: { value: alone, unit: '/s' },
        against: { name: 'limit', value: bar },
      }),
    ];
  },
};
