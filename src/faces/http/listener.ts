import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { CurfewError } from '../../core/errors.ts';
import type { Certificate } from './certificate.ts';
import { problemOf, problemType } from './problem.ts';

export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * How long a client may take. Idle connections are kept longer than proxies keep theirs (60 s), so that none sends a
 * request into a connection that is just being closed.
 */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  // How often the first two are looked at; Node looks every 30 s, which would make them as much as 30 s longer.
  connectionsCheckingInterval: 1000,
} as const;

/** A listener, before or while it listens. */
export interface Listener {
  readonly port: number;
  /** Takes no new connections, lets requests under way finish for so long, then ends what is left. */
  drain(timeoutMs: number): Promise<void>;
}

interface Where {
  readonly host: string;
  readonly port: number;
  readonly certificate?: Certificate | undefined;
}

/**
 * Listens for HTTP, or for HTTPS when there is a certificate.
 * @throws CurfewError `config_invalid` naming the address when it cannot be listened on, or the certificate is no good
 */
export async function listen(handle: Handle, where: Where): Promise<Listener> {
  const { host, port, certificate } = where;
  const server =
    certificate === undefined ? createServer(timeouts, handle) : secureServer(handle, certificate);
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, where)));
    server.listen({ host, port }, resolve);
  });
  return { port: (server.address() as AddressInfo).port, drain: (timeoutMs) => drain(server, timeoutMs) };
}

function secureServer(handle: Handle, { cert, key }: Certificate): Server {
  try {
    return createTlsServer({ ...timeouts, cert, key, minVersion: 'TLSv1.2' }, handle);
  } catch (error) {
    throw new CurfewError(
      'config_invalid',
      `tlsCert and tlsKey: no certificate and key that fit (${(error as Error).message}).`,
    );
  }
}

function cannotListen({ code, message }: NodeJS.ErrnoException, where: Where): CurfewError {
  const { host, port } = where;
  const place = `${host}:${port}`;
  const [setting, flag] = where.certificate === undefined ? ['port', '--port'] : ['tlsPort', '--tls-port'];
  if (code === 'EADDRINUSE') {
    return new CurfewError(
      'config_invalid',
      `${setting}: ${place} is in use already; choose another with ${flag}.`,
    );
  }
  if (code === 'EACCES')
    return new CurfewError('config_invalid', `${setting}: this user may not listen on ${place}.`);
  return new CurfewError('config_invalid', `host: cannot listen on ${place}: ${message}`);
}

function drain(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that becomes idle after the close is not closed by itself.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const limit = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(limit);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Answers what is no HTTP, or comes too slowly, or has too large a head; no handler ever sees it. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [line, problem] = refusalOf(error.code);
  const body = JSON.stringify(problem.body);
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function refusalOf(code: string | undefined): [string, ReturnType<typeof problemOf>] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        problemOf(new CurfewError('too_large', 'The headers are larger than 16 KiB.'), 431),
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        '408 Request Timeout',
        problemOf(new CurfewError('invalid_input', 'The request came too slowly.'), 408),
      ];
    default:
      return [
        '400 Bad Request',
        problemOf(new CurfewError('invalid_input', 'This is not a request of HTTP/1.1.')),
      ];
  }
}
