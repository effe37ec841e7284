import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Config, configFlags, configHelp, configWarnings, readConfig } from './config.ts';
import { CurfewError, errorTable, toCurfewError } from './core/errors.ts';
import { createLog } from './core/log.ts';
import { productVersion } from './core/version.ts';
import { prepareData, startServer } from './server.ts';
import {
  beat,
  type Listening,
  peers,
  stuckWorkers,
  tellPrimary,
  workerNumber,
  workerStop,
} from './worker.ts';
import { Workers } from './workers.ts';

/**
 * Runs a server until it is told to stop by SIGTERM or SIGINT.
 * @param args the flags, such as `['--data', './data']`
 * @returns the exit code: 0 after an orderly stop, else that of the error
 */
export async function serve(args: readonly string[]): Promise<number> {
  try {
    const flags = readFlags(args);
    if (flags === 'help') return print(configHelp());
    if (flags === 'version') return print(productVersion());
    const worker = workerNumber();
    if (worker !== undefined) return await serveAsWorker(readConfig(flags, process.env), worker);
    const config = readConfig(flags, process.env);
    for (const warning of configWarnings(config)) console.error(`curfew: warning: ${warning}`);
    if (config.workers > 1) return await serveByWorkers(config, args);
    const stopped = stopSignal();
    const server = await startServer(config, { log: createLog(config.logLevel) });
    print(welcome(config, server, server.adminPassword));
    await stopped;
    await server.close();
    return 0;
  } catch (thrown) {
    const error = toCurfewError(thrown);
    for (const line of error.message.split('\n')) console.error(`curfew: ${line}`);
    if (error.code === 'internal') console.error(error.cause);
    return errorTable[error.code].exit;
  }
}

/** Has workers answer, and sees to it that they do until it is told to stop. */
async function serveByWorkers(config: Config, args: readonly string[]): Promise<number> {
  const log = createLog(config.logLevel);
  let kill = (): void => {};
  const stopped = stopSignal(() => kill());
  const data = await prepareData(config, { log });
  try {
    const stopMs = config.drain + closingMs;
    const { workers, listening } = await Workers.start({ count: config.workers, args, log, stopMs });
    kill = () => workers.kill();
    print(welcome(config, listening, data.adminPassword));
    await stopped;
    await workers.stop();
  } finally {
    await data.release();
  }
  return 0;
}

/** How long a worker may take to close its parts when its requests are answered or cut off. */
const closingMs = 10_000;

/** Answers as one of several processes. What goes wrong at the start is told by the one that started it. */
async function serveAsWorker(config: Config, worker: number): Promise<number> {
  const stopped = workerStop();
  try {
    const log = createLog(config.logLevel).child({ worker, pid: process.pid });
    const server = await startServer(config, { log, worker, peers, warnings: stuckWorkers() });
    const { httpPort, httpsPort, grpcPort } = server;
    await tellPrimary({ kind: 'listening', listening: { httpPort, httpsPort, grpcPort } });
    const stopBeating = beat();
    await stopped;
    await server.close();
    stopBeating();
  } catch (thrown) {
    const { code, message } = toCurfewError(thrown);
    if (code === 'internal') console.error(thrown);
    await tellPrimary({ kind: 'failed', code, message });
  }
  if (process.connected) process.disconnect();
  return 0;
}

function print(text: string): 0 {
  console.log(text);
  return 0;
}

/** Fulfilled at the first signal to stop; a second one ends the process at once, and before it what it has started. */
function stopSignal(kill: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => {
          kill();
          process.exit(1);
        });
        resolve();
      });
    }
  });
}

/** @throws CurfewError `config_invalid` */
function readFlags(args: readonly string[]): Record<string, string> | 'help' | 'version' {
  const texts = Object.fromEntries(
    [...configFlags(), 'config'].map((flag) => [flag, { type: 'string' as const }]),
  );
  const switches = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...texts, ...switches },
      strict: true,
      tokens: true,
    });
    if (values.help === true) return 'help';
    if (values.version === true) return 'version';
    return values as Record<string, string>;
  } catch (error) {
    throw new CurfewError('config_invalid', `${(error as Error).message}. --help shows the flags there are.`);
  }
}

/** What a newcomer sees: where it listens, and what to try. */
function welcome(
  { host, faces }: Config,
  { httpPort, httpsPort, grpcPort }: Listening,
  adminPassword: string | undefined,
): string {
  const name = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
  const url = `http://${name}:${httpPort}`;
  const login = adminPassword === undefined ? 'admin' : `admin:${adminPassword}`;
  return [
    `curfew listening on ${url}`,
    ...(httpsPort === undefined ? [] : [`curfew listening on https://${name}:${httpsPort}`]),
    ...(grpcPort === undefined ? [] : [`curfew listening on ${name}:${grpcPort} for ext_authz over gRPC`]),
    ...(adminPassword === undefined
      ? []
      : ['', `First start: administrator admin, password ${adminPassword}   (shown this once)`]),
    '',
    ...(faces.console.enabled
      ? [
          'Next step, in a browser: see who is signed in, and end what must end',
          `  ${url}/console/`,
          '',
          'Or in another terminal:',
        ]
      : ['Next steps, in another terminal:']),
    '  register a session, and keep the token it answers',
    `    curl -u ${login} ${url}/v1/sessions -H 'content-type: application/json' \\`,
    `      -d '{"username":"ann","provider":{"type":"basic","name":"demo"}}'`,
    '  ask whether it is alive, as a proxy does on every request',
    `    curl -i ${url}/v1/check -H 'authorization: Bearer TOKEN'`,
    '  see who is signed in, end every session of ann, and ask again',
    `    npx curfew --url ${url} --login admin sessions list`,
    `    npx curfew --url ${url} --login admin terminate --username ann --reason 'trying it out'`,
    `  read the API: ${url}/docs`,
    '',
  ].join('\n');
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  process.exitCode = await serve(process.argv.slice(2));
}
