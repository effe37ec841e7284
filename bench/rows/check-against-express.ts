import { contest } from '../contest.ts';
import { serverOnCopy } from '../curfew-on-copy.ts';
import { measured } from '../measurement.ts';
import { startRedis } from '../redis-server.ts';
import type { Row } from '../row.ts';
import { sampleBearers } from '../sampling.ts';
import { type StartedServer, startServer } from '../started-process.ts';

/** A check against a page behind express-session with a Redis store that answers the same. */
export const checkAgainstExpress: Row = {
  name: 'check-express',
  title: 'Check over HTTP against express-session with a Redis store, same page',
  isLoad: true,
  async run(context) {
    const redis = await startRedis(context.directory);
    const servers: StartedServer[] = [];
    try {
      const curfew = await serverOnCopy(context, 'data');
      const express = await startServer('express', { redisPort: redis.port, withTouch: true });
      const untouched = await startServer('express', { redisPort: redis.port, withTouch: false });
      servers.push(curfew, express, untouched);
      const cookies = await signIn(express, context.isQuick ? 1000 : 10_000);
      const values = sampleBearers(cookies.length, context.size);
      const page = { path: '/page', header: 'Cookie', values: cookies };
      const helpersCpuMicros = () => redis.cpuMicros();
      const [ours, peer, faster] = await contest(
        [
          { server: curfew, traffic: { path: '/v1/check', header: 'Authorization', values } },
          { server: express, traffic: page, helpersCpuMicros },
          { server: untouched, traffic: page, helpersCpuMicros },
        ],
        { rounds: context.isQuick ? 2 : 5, seconds: context.isQuick ? 2 : 4, directory: context.directory },
      );
      if (ours === undefined || peer === undefined || faster === undefined)
        throw new Error('a round is missing');
      const failures = ours.failures + peer.failures + faster.failures;
      return [
        measured({
          what: 'checks against pages of express-session',
          ours: { value: ours.perSecond, unit: '/s' },
          against: { name: 'express-session + Redis', value: peer.perSecond },
          bar: { atLeast: 5 },
          holds: failures === 0,
          note: `Express and Redis share a core, as all of Curfew has one; only Curfew keeps its sessions on disk${failures > 0 ? `; ${failures} requests failed` : ''}`,
        }),
        measured({
          what: 'the same, processor time of the servers for one',
          ours: { value: ours.cpuMicrosEach, unit: 'µs' },
          against: { name: 'express-session + Redis', value: peer.cpuMicrosEach },
        }),
        measured({
          what: 'checks against pages that leave the idle limit where it is',
          ours: { value: ours.perSecond, unit: '/s' },
          against: { name: 'the same with disableTouch', value: faster.perSecond },
          note: 'every check of ours moves it',
        }),
      ];
    } finally {
      for (const server of servers) await server.stop();
      await redis.stop();
    }
  },
};

/** Signs users in one after the other; gives the `Cookie` header of each. */
export async function signIn({ port }: StartedServer, count: number): Promise<string[]> {
  const cookies: string[] = [];
  for (let n = 0; n < count; n++) {
    const response = await fetch(`http://127.0.0.1:${port}/login?name=user-${n}`, { method: 'POST' });
    const [cookie] = response.headers.getSetCookie();
    if (cookie === undefined) throw new Error(`the login answered ${response.status} without a cookie`);
    cookies.push(cookie.split(';')[0] as string);
  }
  return cookies;
}
