import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AfterAll } from '../../test/support/after-all.ts';
import { freePort } from '../../test/support/ports.ts';
import { skipWithout } from '../../test/support/real-parts.ts';
import { adminPassword } from '../curfew-on-copy.ts';
import { type Measurement, measured, median, percentile } from '../measurement.ts';
import { type Pace, paceOf } from '../pace.ts';
import type { Row } from '../row.ts';
import { byDirectory, byOidc, byPassword, bySaml, type Way } from '../sign-in-ways.ts';
import { type StartedServer, startServer } from '../started-process.ts';

const together = 8;

/** Sign-ins through the real pages and protocols, each kind of provider against what such a sign-in takes without Curfew. */
export const signIn: Row = {
  name: 'sign-in',
  title: 'Sign-ins a second, by kind of provider, through the pages of the sign-in',
  isLoad: true,
  async run({ directory, isQuick }) {
    const ends = new AfterAll();
    try {
      const curfew = await startSignInCurfew(directory);
      ends.after(() => curfew.stop());
      const times = { rounds: isQuick ? 1 : 5, ms: isQuick ? 1500 : 4000 };
      const own = await byPassword(curfew, ends, together);
      const basic = await compare(own, curfew, { ...times, peer: own.hashing });
      const oneHash = basic.peerMicrosEach;
      const skip = skipWithout('slapd', 'openssl');
      const shown: Measurement[] = [...told('basic', own, basic, oneHash)];
      if (skip === false) {
        const way = await byDirectory(curfew, ends, together);
        shown.push(...told('ldap', way, await compare(way, curfew, times), oneHash));
      }
      for (const [kind, start] of [['oidc', byOidc] as const, ['saml', bySaml] as const]) {
        const way = await start(curfew, ends);
        shown.push(...told(kind, way, await compare(way, curfew, times), oneHash));
      }
      const [first, ...rest] = shown as [Measurement, ...Measurement[]];
      const missing = skip === false ? '' : `; ldap is not measured, since ${skip}`;
      return [{ ...first, note: `${first.note}${missing}` }, ...rest];
    } finally {
      await ends.run();
    }
  },
};

/** A server with an empty store that takes as many sign-ins from one address as come. */
export async function startSignInCurfew(directory: string): Promise<StartedServer> {
  const port = await freePort();
  const config = join(directory, 'curfew.json');
  const signIn = { publicUrl: `http://127.0.0.1:${port}`, attemptsPerMinute: 1_000_000 };
  writeFileSync(config, JSON.stringify({ signIn }));
  return startServer('curfew', {
    data: join(directory, 'data'),
    startAt: Date.now(),
    adminPassword,
    config,
    port,
  });
}

interface Compared {
  readonly perSecond: number;
  readonly barePerSecond: number;
  /** Of all rounds. */
  readonly latencies: readonly number[];
  /** Processor time of Curfew for one sign-in. */
  readonly microsEach: number;
  /** Of the peer for one of its answers; 0 where it was not looked at. */
  readonly peerMicrosEach: number;
}

/** Signs in with and without Curfew in turn; the first round only warms both up. */
async function compare(
  way: Way,
  curfew: StartedServer,
  { rounds, ms, peer }: { rounds: number; ms: number; peer?: StartedServer },
): Promise<Compared> {
  const shown: { ours: Pace; bare: Pace; micros: number; peerMicros: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const ours = await watched((worker) => way.signIn(worker), ms, curfew);
    const bare = await watched((worker) => way.bare(worker), ms, peer);
    if (round === 0) continue;
    shown.push({ ours: ours.pace, bare: bare.pace, micros: ours.microsEach, peerMicros: bare.microsEach });
  }
  return {
    perSecond: median(shown.map(({ ours }) => ours.perSecond)),
    barePerSecond: median(shown.map(({ bare }) => bare.perSecond)),
    latencies: shown.flatMap(({ ours }) => ours.latencies),
    microsEach: median(shown.map(({ micros }) => micros)),
    peerMicrosEach: median(shown.map(({ peerMicros }) => peerMicros)),
  };
}

async function watched(
  one: (worker: number) => Promise<void>,
  ms: number,
  server: StartedServer | undefined,
): Promise<{ pace: Pace; microsEach: number }> {
  const before = (await server?.cpuMicros()) ?? 0;
  const pace = await paceOf(one, { together, ms });
  const used = ((await server?.cpuMicros()) ?? 0) - before;
  return { pace, microsEach: used / pace.latencies.length };
}

function told(kind: string, way: Way, compared: Compared, oneHash: number): Measurement[] {
  const { perSecond, barePerSecond, latencies, microsEach } = compared;
  const [p50, p99] = [50, 99].map((percent) => percentile(latencies, percent).toFixed(1));
  return [
    measured({
      what: `sign-ins by ${kind}, ${together} at once`,
      ours: { value: perSecond, unit: '/s' },
      against: { name: way.bareName, value: barePerSecond },
      note: `p50 ${p50} ms, p99 ${p99} ms from the first page to the session; ${way.note}`,
    }),
    measured({
      what: `the same by ${kind}, processor time of Curfew for one`,
      ours: { value: microsEach, unit: 'µs' },
      against: { name: 'one verification by argon2id', value: oneHash },
    }),
  ];
}
