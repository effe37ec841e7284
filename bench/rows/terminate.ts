import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { adminCredentials, serverOnCopy } from '../curfew-on-copy.ts';
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
    const cuts: Cut[] = [];
    for (let round = 0; round < (context.isQuick ? 2 : 5); round++)
      cuts.push(await cutOnCopy(context, round));
    const expected = context.size / 2;
    const counts = cuts.every(({ matched }) => matched === expected);
    const refused = cuts.every((cut) => cut.refused && cut.spared);
    const took = cuts.map(({ ms }) => ms);
    const all = took.map((ms) => ms.toFixed(0)).join(', ');
    return [
      withinLimit('acknowledged with the exact count', { value: median(took), unit: 'ms' }, 50, {
        holds: counts && refused,
        note: [
          `${cuts.length} fresh copies: ${all} ms`,
          counts ? `each counted ${expected.toLocaleString('en')}` : 'THE COUNT WAS WRONG',
          refused ? 'the next check of each was refused and others passed' : 'A CHECK AFTER IT WAS WRONG',
        ].join('; '),
      }),
    ];
  },
};

interface Cut {
  readonly ms: number;
  readonly matched: number;
  /** Whether the next check of a session it names was refused, and that of one it does not name passed. */
  readonly refused: boolean;
  readonly spared: boolean;
}

async function cutOnCopy(context: BenchContext, round: number): Promise<Cut> {
  const name = `copy-${round}`;
  const server = await serverOnCopy(context, name, 'anywhere');
  try {
    // Whoever cuts has looked before; that also spares the measured request the deliberately slow check of a password.
    await ask(server, 'GET', '/v1/ledger');
    const indexes = sampleIndexes(1000, context.size, round * 1000);
    const inside = indexes.find(isInHalf) as number;
    const outside = indexes.find((index) => !isInHalf(index)) as number;
    if ((await check(server, inside)) !== 200) throw new Error('a session was dead before the cut');
    const start = performance.now();
    const answer = await ask(server, 'POST', '/v1/revocations', {
      selector: halfOfAll,
      reason: 'a measurement',
    });
    const ms = performance.now() - start;
    const refused = (await check(server, inside)) === 401;
    const spared = (await check(server, outside)) === 200;
    return { ms, matched: (answer as { matched: number }).matched, refused, spared };
  } finally {
    await server.stop();
    rmSync(join(context.directory, name), { recursive: true });
  }
}

async function ask({ port }: StartedServer, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: adminCredentials, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

async function check({ port }: StartedServer, index: number): Promise<number> {
  const headers = { authorization: `Bearer ${tokenAt(index)}` };
  const response = await fetch(`http://127.0.0.1:${port}/v1/check`, { headers });
  await response.arrayBuffer();
  return response.status;
}
