import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, contest } from '../contest.ts';
import { serverOnCopy } from '../curfew-on-copy.ts';
import { canMeasureLemonldap, startLemonldap } from '../lemonldap.ts';
import { generator } from '../load.ts';
import { type Measurement, measured, percentile } from '../measurement.ts';
import { startNginx } from '../nginx-server.ts';
import { PacedChecks } from '../paced-checks.ts';
import type { BenchContext, Row } from '../row.ts';
import { sampleBearers, sampleIndexes } from '../sampling.ts';
import { cpuMicrosOf, type StartedServer, startServer } from '../started-process.ts';

/** Everybody who is signed in, anywhere: a rule is looked for and a session is judged for every request. */
const settings = {
  trustedProxies: ['loopback'],
  forwardAuth: { rules: [{ host: '*', realm: '*', allow: 'signed-in' }] },
};

/** A page behind nginx that asks about every request, against the same page behind the same nginx that does not. */
export const forwardAuth: Row = {
  name: 'forward-auth',
  title: 'Forward-auth behind nginx against plain nginx, same page and configuration',
  isLoad: true,
  async run(context) {
    const { directory, isQuick, size } = context;
    const config = join(directory, 'curfew.json');
    writeFileSync(config, JSON.stringify(settings));
    const stops: (() => Promise<void>)[] = [];
    const started = (server: StartedServer): StartedServer => {
      stops.push(() => server.stop());
      return server;
    };
    try {
      const curfew = started(await serverOnCopy(context, 'data', 'server core', config));
      const page = started(await startServer('bare', { headers: ['Content-Type', 'text/plain'] }));
      const ports = { directory, curfewPort: curfew.port, applicationPort: page.port };
      const asking = started(await startNginx({ ...ports, asks: true }));
      const plain = started(await startNginx({ ...ports, asks: false }));
      const values = sampleBearers(5000, size);
      const traffic = { path: '/page', header: 'Authorization', values };
      const other = canMeasureLemonldap ? await startLemonldap(page.port, isQuick ? 50 : 500) : undefined;
      if (other !== undefined) stops.push(() => other.stop());
      const contestants: Contestant[] = [
        { server: asking, traffic, helpersCpuMicros: () => cpuMicrosOf(curfew.pid) + cpuMicrosOf(page.pid) },
        { server: plain, traffic, helpersCpuMicros: () => cpuMicrosOf(page.pid) },
        {
          server: curfew,
          traffic: { ...traffic, path: '/forward-auth/envoy/page', fixed: { 'X-Forwarded-Proto': 'http' } },
        },
        { server: curfew, traffic: { ...traffic, path: '/v1/check' } },
        ...(other === undefined
          ? []
          : [
              {
                server: other.nginx,
                traffic: { path: '/page', header: 'Cookie', values: other.cookies, fixed: other.headers },
                helpersCpuMicros: () => other.cpuMicros() + cpuMicrosOf(page.pid),
              },
            ]),
      ];
      const [ours, without, direct, check, lemonldap] = await contest(contestants, {
        rounds: isQuick ? 2 : 5,
        seconds: isQuick ? 2 : 4,
        directory,
      });
      if (!ours || !without || !direct || !check) throw new Error('a round is missing');
      const paced = await pacedAnswers(curfew, context);
      const failures = ours.failures + without.failures + direct.failures + check.failures;
      return [
        measured({
          what: 'pages behind nginx that asks about each',
          ours: { value: ours.perSecond, unit: '/s' },
          against: { name: 'plain nginx', value: without.perSecond },
          holds: failures === 0,
          note: `nginx, Curfew and the page share one core, load by ${generator} over 64 connections${failures > 0 ? `; ${failures} requests failed` : ''}`,
        }),
        measured({
          what: 'the same, processor time of all servers for one page',
          ours: { value: ours.cpuMicrosEach, unit: 'µs' },
          against: { name: 'plain nginx', value: without.cpuMicrosEach },
        }),
        measured({
          what: 'answers to the proxy itself, with rules, every header and a signed assertion',
          ours: { value: direct.perSecond, unit: '/s' },
          against: { name: 'GET /v1/check', value: check.perSecond },
          bar: { atLeast: 0.7 },
          holds: direct.failures + check.failures === 0,
        }),
        measured({
          what: 'the same, processor time of Curfew for one',
          ours: { value: direct.cpuMicrosEach, unit: 'µs' },
          against: { name: 'GET /v1/check', value: check.cpuMicrosEach },
        }),
        ...paced,
        ...(other === undefined || lemonldap === undefined
          ? []
          : [
              measured({
                what: 'pages behind nginx that asks about each, by another product',
                ours: { value: ours.perSecond, unit: '/s' },
                against: { name: 'LemonLDAP::NG', value: lemonldap.perSecond },
                holds: lemonldap.failures === 0,
                note: `${other.cookies.length} sessions of its own, ${lemonldap.failures} requests failed; its sessions lie in files behind its local cache, and it signs nothing`,
              }),
              measured({
                what: 'the same, processor time of all servers for one page',
                ours: { value: ours.cpuMicrosEach, unit: 'µs' },
                against: { name: 'LemonLDAP::NG', value: lemonldap.cpuMicrosEach },
              }),
            ]),
      ];
    } finally {
      for (const stop of stops.reverse()) await stop();
    }
  },
};

const pace = 1000;

/** How long the proxy waits for its answer when requests come at a pace that the server keeps up with easily. */
async function pacedAnswers(curfew: StartedServer, { size, isQuick }: BenchContext): Promise<Measurement[]> {
  const indexes = sampleIndexes(5000, size);
  const connection = await PacedChecks.open(curfew.port, 64);
  try {
    const ask = async (question: { path: string; headers?: readonly string[] }) => {
      const shown = await connection.run(indexes, {
        perSecond: pace,
        ms: isQuick ? 3000 : 8000,
        question,
      });
      if (shown.failures > 0) throw new Error(`${shown.failures} answers to ${question.path} were not 200`);
      return shown.latencies;
    };
    const direct = await ask({ path: '/forward-auth/envoy/page', headers: ['X-Forwarded-Proto: http'] });
    const check = await ask({ path: '/v1/check' });
    return [50, 99].map((percent) =>
      measured({
        what: `p${percent} of the answers to the proxy, ${pace.toLocaleString('en')} a second`,
        ours: { value: percentile(direct, percent), unit: 'ms' },
        against: { name: 'GET /v1/check', value: percentile(check, percent) },
      }),
    );
  } finally {
    connection.close();
  }
}
