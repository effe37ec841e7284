import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { placed } from './placement.ts';
import type { StartedServer } from './started-process.ts';

/** Requests that differ in one header only, such as the token. They are sent in random order. */
export interface Traffic {
  readonly path: string;
  readonly header: string;
  readonly values: readonly string[];
  /** Headers that are the same in every request. */
  readonly fixed?: Readonly<Record<string, string>>;
}

/** What one round of load showed. */
export interface Round {
  readonly perSecond: number;
  /** Processor time of the server for one request, which no slow generator can hide. */
  readonly cpuMicrosEach: number;
  /** Answers other than 2xx, and broken connections. */
  readonly failures: number;
}

const connections = 64;
const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

/** The program that makes the load. The one written in JavaScript is slower than the servers, so then only processor time tells. */
export const generator = hasWrk ? 'wrk' : 'autocannon';

/** Loads a server for some seconds over 64 connections that are kept alive. */
export async function loadRound(
  server: StartedServer,
  traffic: Traffic,
  seconds: number,
  directory: string,
): Promise<Round> {
  const before = await server.cpuMicros();
  const { requests, failures, micros } = hasWrk
    ? await runWrk(server, traffic, seconds, directory)
    : await runAutocannon(server, traffic, seconds);
  const used = (await server.cpuMicros()) - before;
  return { perSecond: (requests * 1_000_000) / micros, cpuMicrosEach: used / requests, failures };
}

interface Sent {
  readonly requests: number;
  readonly failures: number;
  readonly micros: number;
}

/** All requests are written before the load starts, so that the generator has little to do for each. */
const wrkScript = `
local requests = {}
function init(args)
  math.randomseed(tonumber(args[4]))
  for value in io.lines(args[3]) do
    local headers = { [args[2]] = value }
    for place = 5, #args, 2 do headers[args[place]] = args[place + 1] end
    requests[#requests + 1] = wrk.format("GET", args[1], headers)
  end
end
function request() return requests[math.random(#requests)] end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests":%d,"failures":%d,"micros":%d}\\n', summary.requests,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, summary.duration))
end
`;

async function runWrk(
  { port }: StartedServer,
  traffic: Traffic,
  seconds: number,
  directory: string,
): Promise<Sent> {
  // Several servers may be loaded at once, each with files of its own.
  const script = join(directory, `traffic-${port}.lua`);
  const values = join(directory, `values-${port}.txt`);
  writeFileSync(script, wrkScript);
  writeFileSync(values, traffic.values.join('\n'));
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}`];
  const [program, words] = placed('load core', 'wrk', [
    ...args,
    '--',
    traffic.path,
    traffic.header,
    values,
    String(Date.now() % 1e6),
    ...Object.entries(traffic.fixed ?? {}).flat(),
  ]);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const part of child.stdout) output += String(part);
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`wrk did not come to an end: ${output}`);
  return JSON.parse(line) as Sent;
}

async function runAutocannon({ port }: StartedServer, traffic: Traffic, seconds: number): Promise<Sent> {
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    requests: traffic.values.map((value) => ({
      path: traffic.path,
      headers: { ...traffic.fixed, [traffic.header]: value },
    })),
  });
  return {
    requests: result['2xx'] + result.non2xx,
    failures: result.non2xx + result.errors,
    micros: result.duration * 1_000_000,
  };
}
