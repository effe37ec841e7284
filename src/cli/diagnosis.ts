import { connect, type PeerCertificate } from 'node:tls';
import { type Client, createClient } from '../client/client.ts';
import { createTransport, type Transport } from '../client/transport.ts';
import { CurfewError, type ErrorCode, toCurfewError } from '../core/errors.ts';
import { type Connection, transportOptions } from './connection.ts';
import { formatDuration, formatInstant } from './durations.ts';

/** What one check found. `remedy` says what to do unless it is ok. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly remedy?: string;
  /** Of a failure. */
  readonly code?: ErrorCode;
}

const day = 86_400_000;
const leastNode = [20, 19] as const;

/** Whether this Node is one that Curfew runs on. */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  const check = 'Node';
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor))
    return { check, state: 'ok', detail: version };
  const wanted = leastNode.join('.');
  return {
    check,
    state: 'fail',
    detail: `${version} is too old`,
    remedy: `Install Node ${wanted} or newer.`,
    code: 'config_invalid',
  };
}

/**
 * Asks a server about everything that is known to go wrong. Each finding is given as soon as it is known.
 * @param connection of the server, with or without credentials
 */
export async function* examine(
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
  now: () => number,
): AsyncGenerator<Finding> {
  const { credentials: _not, ...anonymous } = connection;
  const transport = createTransport(transportOptions(anonymous, timeoutMs, signal));
  if (connection.url.startsWith('https:')) yield await certificate(connection.url, timeoutMs, now());
  const reached = await reach(connection, transport, now);
  yield* reached;
  if (reached[0]?.state === 'fail') return;
  yield await ready(transport);
  if (connection.credentials === undefined) {
    yield {
      check: 'Credentials',
      state: 'warn',
      detail: 'none given, so the checks that need them are left out',
      remedy: 'Give --login NAME or --key-file FILE, or save a profile with: curfew profile add',
    };
    return;
  }
  const client = createClient(transportOptions(connection, timeoutMs, signal));
  const known = await credentials(client, connection);
  yield known;
  if (known.state === 'fail') return;
  yield await nodes(client);
  yield await sweep(client, now());
  yield await ledger(client);
}

async function reach(
  { url, urlFrom }: Connection,
  transport: Transport,
  now: () => number,
): Promise<Finding[]> {
  const check = 'Address';
  try {
    const answer = await transport({ method: 'GET', path: '/healthz' });
    return [
      { check, state: 'ok', detail: `${url} (${urlFrom})` },
      clockSkew(answer.headers.get('date'), now()),
    ];
  } catch (error) {
    return [failure(check, error, 'Start the server with: npm start, or correct the address with --url.')];
  }
}

/** The Date header counts whole seconds, so a difference below two says nothing. */
export function clockSkew(header: string | null, now: number): Finding {
  const check = 'Clocks';
  const server = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(server))
    return {
      check,
      state: 'warn',
      detail: 'the server does not tell its time',
      remedy: 'See what stands between and drops the Date header.',
    };
  const skew = Math.abs(now - server);
  if (skew < 2000) return { check, state: 'ok', detail: 'this machine and the server agree' };
  const detail = `${formatDuration(skew)} apart (server ${formatInstant(server)})`;
  const remedy = 'Let NTP set both clocks; "15m ago" is reckoned by the clock of this machine.';
  return {
    check,
    state: skew < 60_000 ? 'warn' : 'fail',
    detail,
    remedy,
    ...(skew < 60_000 ? {} : { code: 'config_invalid' }),
  };
}

async function ready(transport: Transport): Promise<Finding> {
  const check = 'Store';
  try {
    const answer = await transport({ method: 'GET', path: '/readyz' });
    const { warnings = [] } = answer.body as { warnings?: readonly string[] };
    if (warnings.length === 0) return { check, state: 'ok', detail: 'can be read and written' };
    const remedy = 'See docs/guide/operators.md, or that of the database.';
    return { check, state: 'warn', detail: warnings.join(' '), remedy };
  } catch (error) {
    return failure(check, error, storeRemedy(toCurfewError(error).details.facts?.store));
  }
}

/** What to do about a store that fails, by what the server says of which one it is. */
function storeRemedy(store: unknown): string {
  return store === 'PostgreSQL'
    ? 'See whether PostgreSQL runs and lets the servers in (pg_isready), whether it can be written and has space, and what its log says; Curfew goes on by itself once it answers.'
    : "Look at the server's log; free space on its disk, or mend the rights of its data folder.";
}

async function credentials(client: Client, { credentialsFrom = '' }: Connection): Promise<Finding> {
  const check = 'Credentials';
  try {
    const { caller, realm, version } = await client.system.status();
    const reachable = realm === null ? 'every realm' : `the realm ${realm}`;
    return {
      check,
      state: 'ok',
      detail: `${caller.kind} ${caller.name} (${credentialsFrom}) reaches ${reachable}; server ${version}`,
    };
  } catch (error) {
    return failure(check, error, `Correct what was given by ${credentialsFrom}.`);
  }
}

async function nodes(client: Client): Promise<Finding> {
  const check = 'Nodes';
  try {
    const { nodes: found } = await client.nodes.list();
    const silent = found.filter(({ isSilent }) => isSilent).map(({ name }) => name);
    const detail = `${found.length} share the store`;
    if (silent.length === 0) return { check, state: 'ok', detail };
    return {
      check,
      state: 'warn',
      detail: `${detail}; not heard of lately: ${silent.join(', ')}`,
      remedy: 'See whether they run; one that was taken away for good is forgotten after a day.',
    };
  } catch (error) {
    return failure(check, error, 'Use credentials that may read the ledger.');
  }
}

const lateMs = 60_000;

async function sweep(client: Client, now: number): Promise<Finding> {
  const check = 'Sweep';
  try {
    const { revocations } = await client.revocations.list({ limit: 1000 });
    const waiting = revocations.filter(({ sweep: { sweptAt } }) => sweptAt === null);
    const late = waiting.filter(({ at }) => now - Date.parse(at) > lateMs).map(({ seq }) => seq);
    if (late.length === 0)
      return { check, state: 'ok', detail: `${waiting.length} revocations are being swept` };
    const detail = `${late.length} revocations wait for longer than ${formatDuration(lateMs)}, the oldest is ${late.at(-1)}`;
    return {
      check,
      state: 'warn',
      detail,
      remedy:
        'Their sessions are dead all the same. See whether the sweep moves with: curfew revocations list',
    };
  } catch (error) {
    return failure(check, error, 'Use credentials that may read the ledger.');
  }
}

async function ledger(client: Client): Promise<Finding> {
  const check = 'Ledger';
  try {
    const { intact, ledger: chain, journal } = await client.ledger.verify();
    if (intact)
      return {
        check,
        state: 'ok',
        detail: `${chain.entries} revocations and ${journal.entries} journal entries verify`,
      };
    return {
      check,
      state: 'fail',
      detail: 'it does not verify',
      remedy: 'See where with: curfew ledger verify',
      code: 'ledger_broken',
    };
  } catch (error) {
    const finding = failure(check, error, 'Use credentials that may read the journal.');
    return finding.code === 'forbidden' ? { ...finding, state: 'warn' } : finding;
  }
}

async function certificate(url: string, timeoutMs: number, now: number): Promise<Finding> {
  const check = 'Certificate';
  try {
    const { valid_to: until } = await peerCertificate(new URL(url), timeoutMs);
    const left = Date.parse(until) - now;
    const detail =
      left > 0
        ? `valid for ${formatDuration(left)}, until ${formatInstant(Date.parse(until))}`
        : `expired at ${formatInstant(Date.parse(until))}`;
    if (left > 14 * day) return { check, state: 'ok', detail };
    const remedy = 'Renew the certificate and restart the server.';
    return left > 0
      ? { check, state: 'warn', detail, remedy }
      : { check, state: 'fail', detail, remedy, code: 'unreachable' };
  } catch (error) {
    return failure(check, error, 'See whether the address and port speak TLS.');
  }
}

/** The certificate that a server shows, whether it is trusted or not: nothing is sent over this connection. */
function peerCertificate({ hostname, port }: URL, timeoutMs: number): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(port || 443),
      servername: /^[\d.:]+$/.test(host) ? '' : host,
      rejectUnauthorized: false,
    });
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new CurfewError('unreachable', 'The server did not answer in time.')),
    );
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate());
      socket.end();
    });
    socket.once('error', (error) =>
      reject(
        error instanceof CurfewError
          ? error
          : new CurfewError('unreachable', `No TLS connection: ${error.message}.`),
      ),
    );
  });
}

function failure(check: string, thrown: unknown, remedy: string): Finding {
  const { code, message } = toCurfewError(thrown);
  return { check, state: 'fail', detail: message, remedy, code };
}
