import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { askAsAdmin, serverOnCopy } from '../curfew-on-copy.ts';
import { median, withinLimit } from '../measurement.ts';
import { halfOfAll, isInHalf, tokenAt } from '../population.ts';
import type { BenchContext, Row } from '../row.ts';
import { sampleIndexes } from '../sampling.ts';
import type { StartedServer } from '../started-process.ts';

/** One request ends half of all sessions; measured from its sending to its answer. */
export const terminate: Row = {
  name: 'terminate',
  title: 'Terminate 500,000 of 1,000,000 live sessions by realm and provider',
  isLoad: true,
  async run(context) {
    const rounds = context.isQuick ? 2 : 5;
    const previewed: Cut[] = [];
    const first: Cut[] = [];
    const told: Cut[] = [];
    for (let round = 0; round < rounds; round++) {
      previewed.push(await cutOnCopy(context, round, { isPreviewed: true, tell: 0 }));
      first.push(await cutOnCopy(context, round, { isPreviewed: false, tell: 0 }));
      told.push(await cutOnCopy(context, round, { isPreviewed: true, tell: 1000 }));
    }
    const all = [...previewed, ...first, ...told];
    const expected = context.size / 2;
    const areCounted = all.every(({ matched }) => matched === expected);
    const areChecked = all.every((cut) => cut.refused && cut.spared);
    const holds = areCounted && areChecked;
    const faults = [
      areCounted ? `each counted ${expected.toLocaleString('en')}` : 'THE COUNT WAS WRONG',
      areChecked ? 'the next check was refused and others passed' : 'A CHECK AFTER IT WAS WRONG',
    ];
    return [
      withinLimit('acknowledged with the exact count', { value: medianMs(previewed), unit: 'ms' }, limitMs, {
        holds,
        note: [`after a list and a preview, on fresh copies: ${listed(previewed)} ms`, ...faults].join('; '),
      }),
      withinLimit('the same as the first question ever', { value: medianMs(first), unit: 'ms' }, limitMs, {
        holds,
        note: `just after the start, when the process holds no page: ${listed(first)} ms`,
      }),
      withinLimit('the same, and 1,000 of them shown', { value: medianMs(told), unit: 'ms' }, limitMs, {
        holds,
        note: `${listed(told)} ms; tried: read beside the count, held to the schema by the first 20, compiled before the first request; half of what it takes more is making, sending and reading 680 kB of JSON`,
      }),
    ];
  },
};

const limitMs = 50;

function medianMs(cuts: readonly Cut[]): number {
  return median(cuts.map(({ ms }) => ms));
}

function listed(cuts: readonly Cut[]): string {
  return cuts.map(({ ms }) => ms.toFixed(0)).join(', ');
}

interface Cut {
  readonly ms: number;
  readonly matched: number;
  /** Whether the next check of a session it names was refused, and that of one it does not name passed. */
  readonly refused: boolean;
  readonly spared: boolean;
}

async function cutOnCopy(
  context: BenchContext,
  round: number,
  { isPreviewed, tell }: { isPreviewed: boolean; tell: number },
): Promise<Cut> {
  const name = `copy-${round}`;
  const server = await serverOnCopy(context, name, 'anywhere');
  try {
    // Who the caller is takes a deliberately slow check of a password at first, which is no part of a cut.
    await askAsAdmin(server, 'GET', '/v1/ledger');
    if (isPreviewed) {
      await askAsAdmin(server, 'GET', '/v1/sessions?limit=1000');
      await askAsAdmin(server, 'POST', '/v1/revocations/preview', { selector: halfOfAll });
    }
    const indexes = sampleIndexes(1000, context.size, round * 1000);
    const inside = indexes.find(isInHalf) as number;
    const outside = indexes.find((index) => !isInHalf(index)) as number;
    if ((await check(server, inside)) !== 200) throw new Error('a session was dead before the cut');
    const order = { selector: halfOfAll, reason: 'a measurement', tell };
    const start = performance.now();
    const answer = await askAsAdmin(server, 'POST', '/v1/revocations', order);
    const ms = performance.now() - start;
    const refused = (await check(server, inside)) === 401;
    const spared = (await check(server, outside)) === 200;
    return { ms, matched: (answer as { matched: number }).matched, refused, spared };
  } finally {
    await server.stop();
    rmSync(join(context.directory, name), { recursive: true });
  }
}

async function check({ port }: StartedServer, index: number): Promise<number> {
  const headers = { authorization: `Bearer ${tokenAt(index)}` };
  const response = await fetch(`http://127.0.0.1:${port}/v1/check`, { headers });
  await response.arrayBuffer();
  return response.status;
}
