import { get } from 'node:http';
import { contest } from '../contest.ts';
import { serverOnCopy } from '../curfew-on-copy.ts';
import { generator } from '../load.ts';
import { type Measurement, measured } from '../measurement.ts';
import type { BenchContext, Row } from '../row.ts';
import { sampleBearers } from '../sampling.ts';
import { startServer } from '../started-process.ts';

/** What Node adds to every answer by itself. */
const addedByNode = new Set(['date', 'connection', 'keep-alive']);

/** `GET /v1/check` against a server that answers the same headers without looking at anything. */
export const checkAgainstBare: Row = {
  name: 'check-bare',
  title: 'Check over HTTP against a bare node:http server that returns the same headers',
  isLoad: true,
  async run(context) {
    const values = sampleBearers(10_000, context.size);
    const traffic = { path: '/v1/check', header: 'Authorization', values };
    const anywhere = { ...traffic, values: sampleBearers(100_000, context.size) };
    const curfew = await serverOnCopy(context, 'data');
    const headers = await headersOf(curfew.port, values[0] as string);
    const bare = await startServer('bare', { headers });
    const [ours, peer, wide] = await contest(
      [
        { server: curfew, traffic },
        { server: bare, traffic },
        { server: curfew, traffic: anywhere },
      ],
      { rounds: context.isQuick ? 2 : 5, seconds: context.isQuick ? 2 : 4, directory: context.directory },
    );
    if (ours === undefined || peer === undefined || wide === undefined) throw new Error('a round is missing');
    const holds = ours.failures + wide.failures + peer.failures === 0;
    const against = { name: 'node:http', value: peer.perSecond };
    const cpuAgainst = { name: 'node:http', value: peer.cpuMicrosEach };
    const where = whereOf(context, ours.failures + wide.failures);
    return [
      measured({
        what: 'checks over HTTP, 10,000 sessions in use',
        ours: { value: ours.perSecond, unit: '/s' },
        against,
        bar: { atLeast: 0.8 },
        holds,
        note: `${where}; ${tried}`,
      }),
      measured({
        what: 'the same, processor time of the server for one',
        ours: { value: ours.cpuMicrosEach, unit: 'µs' },
        against: cpuAgainst,
      }),
      measured({
        what: 'checks over HTTP, 100,000 sessions in use',
        ours: { value: wide.perSecond, unit: '/s' },
        against,
      }),
      measured({
        what: 'the same, processor time of the server for one',
        ours: { value: wide.cpuMicrosEach, unit: 'µs' },
        against: cpuAgainst,
      }),
    ] satisfies Measurement[];
  },
};

/** Why the bar is not met, for whoever wants to take it up. */
const tried =
  'tried: no framework on the way, one snapshot for all checks of a turn of the event loop, rows and headers kept in memory with exact invalidation, answers without a promise; in process a check costs 4 to 6 µs, and a fixed answer in its place over HTTP what the bare server takes, so what is left is caches and memory that a server with work to do shares with it';

function whereOf({ size }: BenchContext, failures: number): string {
  const store = `${size.toLocaleString('en')} sessions in the store, load by ${generator} over 64 connections`;
  return failures === 0 ? store : `${store}; ${failures} requests failed`;
}

/** The headers of an answer as they came, without those that Node adds. */
export function headersOf(port: number, bearer: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${port}/v1/check`;
    get(url, { headers: { authorization: bearer }, agent: false }, (response) => {
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`the check answered ${response.statusCode}`));
      const pairs = response.rawHeaders.flatMap((name, place, all) =>
        place % 2 === 0 && !addedByNode.has(name.toLowerCase()) ? [name, all[place + 1] as string] : [],
      );
      resolve(pairs);
    }).once('error', reject);
  });
}
