import type { Registry } from '../../src/session/registry.ts';
import type { Selector } from '../../src/session/selector.ts';
import type { ListPosition } from '../../src/session/store.ts';
import { registryOnCopy } from '../curfew-on-copy.ts';
import { type Measurement, median, withinLimit } from '../measurement.ts';
import { wideFilters } from '../population.ts';
import type { Row } from '../row.ts';

const pageSize = 100;
const limitMs = 5;

/** Pages of filtered lists over the full store, asked of the registry. */
export const lists: Row = {
  name: 'lists',
  title: 'First and thousandth page of a filtered list over 1,000,000',
  isLoad: false,
  async run(context) {
    const { registry, store } = await registryOnCopy(context, 'data');
    const farPage = context.isQuick ? 100 : 1000;
    const day = new Date(context.cache.builtAt - 2 * 3_600_000).toISOString();
    const filters: Record<string, Selector> = { ...wideFilters, 'time of creation': { createdTo: day } };
    const measurements: Measurement[] = [];
    for (const [name, selector] of Object.entries(filters)) {
      const far = await positionBefore(registry, selector, farPage);
      const first = await medianMs(registry, selector, undefined);
      const last = await medianMs(registry, selector, far);
      measurements.push(
        withinLimit(`by ${name}, page 1`, { value: first, unit: 'ms' }, limitMs),
        withinLimit(`by ${name}, page ${farPage.toLocaleString('en')}`, { value: last, unit: 'ms' }, limitMs),
      );
    }
    await registry.close();
    await store.close();
    return measurements;
  },
};

/** Where a page starts, found by turning every page before it. */
async function positionBefore(registry: Registry, selector: Selector, page: number): Promise<ListPosition> {
  let after: ListPosition | undefined;
  for (let turned = 1; turned < page; turned++) {
    after = (await pageOf(registry, selector, after)).next;
    if (after === undefined) throw new Error(`${JSON.stringify(selector)} has only ${turned} pages`);
  }
  return after as ListPosition;
}

async function medianMs(
  registry: Registry,
  selector: Selector,
  after: ListPosition | undefined,
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 21; round++) {
    const start = performance.now();
    const page = await pageOf(registry, selector, after);
    times.push(performance.now() - start);
    if (page.sessions.length !== pageSize) throw new Error(`a page holds ${page.sessions.length} sessions`);
  }
  return median(times.slice(1));
}

function pageOf(registry: Registry, selector: Selector, after: ListPosition | undefined) {
  const place = after === undefined ? {} : { after };
  return registry.list({ selector, state: 'live', limit: pageSize, ...place });
}
