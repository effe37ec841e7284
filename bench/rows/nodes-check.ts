import { contest } from '../contest.ts';
import { generator, loadRound } from '../load.ts';
import { type Measurement, measured } from '../measurement.ts';
import { nodeGroup, placesOf } from '../node-group.ts';
import { startRedis } from '../redis-server.ts';
import type { Row } from '../row.ts';
import { sampleBearers } from '../sampling.ts';
import { type StartedServer, startServer } from '../started-process.ts';
import { headersOf } from './check-against-bare.ts';
import { signIn } from './check-against-express.ts';

/** `GET /v1/check` of nodes that share one PostgreSQL, against a bare server, and against express-session on Redis and on PostgreSQL. */
export const nodesCheck: Row = {
  name: 'nodes-check',
  title: 'Check over HTTP, several nodes on one PostgreSQL',
  isLoad: true,
  usesCache: false,
  async run(context) {
    const group = await nodeGroup(context);
    const redis = await startRedis(context.directory);
    const peers: StartedServer[] = [];
    try {
      const { directory, isQuick } = context;
      const values = sampleBearers(10_000, context.size);
      const traffic = { path: '/v1/check', header: 'Authorization', values };
      const [first] = (await group.start(1)) as [StartedServer];
      const bare = await startServer('bare', { headers: await headersOf(first.port, values[0] as string) });
      const onRedis = await startServer('express', { redisPort: redis.port, withTouch: true });
      const sessions = await group.postgres.createDatabase();
      const onPostgres = await startServer('express', { postgresUrl: sessions, withTouch: true });
      peers.push(bare, onRedis, onPostgres);
      const page = async (server: StartedServer) => ({
        path: '/page',
        header: 'Cookie',
        values: await signIn(server, isQuick ? 500 : 5000),
      });
      const rounds = { rounds: isQuick ? 1 : 5, seconds: isQuick ? 2 : 4, directory };
      const standings = await contest(
        [
          { server: first, traffic, helpersCpuMicros: group.databaseCpuMicros },
          { server: bare, traffic },
          { server: onRedis, traffic: await page(onRedis), helpersCpuMicros: () => redis.cpuMicros() },
          { server: onPostgres, traffic: await page(onPostgres), helpersCpuMicros: group.databaseCpuMicros },
        ],
        rounds,
      );
      if (standings.length < 4) throw new Error('a round is missing');
      const [one, plain, redisPage, postgresPage] = standings as [Standing, Standing, Standing, Standing];
      const failures = standings.reduce((sum, standing) => sum + standing.failures, 0);
      const note = `${context.size.toLocaleString('en')} sessions, load by ${generator} over 64 connections; ${placesOf(1)}, so it has no core of its own, as the bar asks; tried: the checks of a turn joined into one named statement, rows as they come without a mapper, one look at ledger and rows in one snapshot${failures > 0 ? `; ${failures} requests failed` : ''}`;
      const results: Measurement[] = [
        measured({
          what: 'checks of one node',
          ours: { value: one.perSecond, unit: '/s' },
          against: { name: 'node:http', value: plain.perSecond },
          bar: { atLeast: 0.6 },
          holds: failures === 0,
          note,
        }),
        measured({
          what: 'the same, processor time of node and database for one',
          ours: { value: one.cpuMicrosEach, unit: 'µs' },
          against: { name: 'node:http', value: plain.cpuMicrosEach },
        }),
        measured({
          what: 'checks of one node',
          ours: { value: one.perSecond, unit: '/s' },
          against: { name: 'express-session + Redis', value: redisPage.perSecond },
        }),
        measured({
          what: 'checks of one node',
          ours: { value: one.perSecond, unit: '/s' },
          against: { name: 'express-session + PostgreSQL', value: postgresPage.perSecond },
        }),
      ];
      for (const server of peers) await server.stop();
      const nodes = [first];
      for (const count of [1, 2, 4]) {
        nodes.push(...(await group.start(count - nodes.length)));
        const databaseBefore = group.databaseCpuMicros();
        const shown = await Promise.all(
          nodes.map((node) => loadRound(node, traffic, rounds.seconds, directory)),
        );
        const all = shown.reduce((sum, { perSecond }) => sum + perSecond, 0);
        const databaseEach = (group.databaseCpuMicros() - databaseBefore) / (all * rounds.seconds);
        results.push(
          measured({
            what: `checks of ${count} ${count === 1 ? 'node' : 'nodes'} together`,
            ours: { value: all, unit: '/s' },
            against: { name: 'one node', value: one.perSecond },
            note: `${placesOf(count)}; PostgreSQL took ${databaseEach.toFixed(1)} µs of processor for each`,
          }),
        );
      }
      return results;
    } finally {
      for (const server of peers) await server.stop();
      await redis.stop();
      await group.stop();
    }
  },
};

type Standing = Awaited<ReturnType<typeof contest>>[number];
