import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { addressToBytes } from '../../../core/address.ts';
import { CurfewError } from '../../../core/errors.ts';
import type { Certificate } from '../../http/certificate.ts';
import type { Answer } from '../answer.ts';
import { emptyHeaders } from '../conventions.ts';
import type { Gate } from '../gate.ts';
import { type OriginalRequest, oneHeader, originalRequest } from '../original-request.ts';
import { applicationCredentials } from '../own-credentials.ts';
import {
  type CheckRequest,
  type CheckResponse,
  checkMethod,
  decodeCheckRequest,
  encodeCheckResponse,
} from './messages.ts';

export interface ExtAuthzOptions {
  readonly gate: Gate;
  /** Whether the other end of a connection, by its address, is a proxy that the configuration trusts. */
  readonly isProxy: (address: string | undefined) => boolean;
  readonly host: string;
  readonly port: number;
  readonly certificate: Certificate | undefined;
}

export interface ExtAuthzServer {
  readonly port: number;
  /** Takes no new calls, lets those under way finish for so long, then ends what is left. */
  drain(timeoutMs: number): Promise<void>;
}

/** Envoy sends headers, never a body; its own limit for them is 60 KiB. */
const longestMessage = 256 * 1024;

const service: ServiceDefinition = {
  check: {
    path: checkMethod,
    requestStream: false,
    responseStream: false,
    requestDeserialize: decodeCheckRequest,
    requestSerialize: () => {
      throw new TypeError('a server sends no requests');
    },
    responseSerialize: encodeCheckResponse,
    responseDeserialize: () => {
      throw new TypeError('a server gets no responses');
    },
  },
};

/**
 * Serves Envoy's `ext_authz` over gRPC.
 * @throws CurfewError `config_invalid` naming the port when it cannot be listened on
 */
export async function listenExtAuthz(options: ExtAuthzOptions): Promise<ExtAuthzServer> {
  const server = new Server({ 'grpc.max_receive_message_length': longestMessage });
  server.addService(service, { check: checkHandler(options) });
  const port = await bound(server, options);
  return { port, drain: (timeoutMs) => drain(server, timeoutMs) };
}

function checkHandler({ gate, isProxy }: ExtAuthzOptions): handleUnaryCall<CheckRequest, CheckResponse> {
  return (call, respond) => {
    const asked = call.request;
    const original = originalOf(asked);
    const answered = gate.ask({
      original,
      headers: asked.headers,
      isTrusted: isProxy(peerAddress(call)),
      address: () => (isAddress(asked.sourceAddress) ? asked.sourceAddress : peerAddress(call)),
    });
    void Promise.resolve(answered).then((answer) => respond(null, responseOf(answer, asked.headers)));
  };
}

/** The request as its attributes tell it; headers that say otherwise make it unclear. */
function originalOf({ method, scheme, host, path, headers }: CheckRequest): OriginalRequest | string {
  const differs = [
    [oneHeader(headers, ':authority') ?? oneHeader(headers, 'host'), host],
    [oneHeader(headers, ':path'), path],
    [oneHeader(headers, ':method'), method],
  ].some(([told, attribute]) => told !== undefined && told !== attribute);
  if (differs) return 'The attributes and the headers name different requests.';
  // Behind something that ends TLS for Envoy only this header knows the scheme; Envoy itself sets it.
  const forwarded = oneHeader(headers, 'x-forwarded-proto');
  return originalRequest({ method, scheme: forwarded ?? scheme, host, target: path, headers });
}

function responseOf({ status, headers, body }: Answer, clientHeaders: readonly string[]): CheckResponse {
  if (status !== 200) return { kind: 'denied', status, headers: withoutLength(headers), body };
  const { send, remove } = applicationCredentials(clientHeaders);
  const told = headers.flatMap((name, index) => {
    const value = headers[index + 1] ?? '';
    // What only the answer itself needs is not for the application.
    return index % 2 === 0 && value !== '' && name !== 'Cache-Control' ? [name, value] : [];
  });
  return { kind: 'ok', headers: [...told, ...send], headersToRemove: [...emptyHeaders(headers), ...remove] };
}

/** Envoy counts the body itself. */
function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_entry, index) => headers[index - (index % 2)] !== 'Content-Length');
}

/** Envoy names a path where it listens on a socket of the file system. */
function isAddress(text: string): boolean {
  return addressToBytes(text) !== undefined;
}

/** The address of the other end: `192.0.2.1:1234` or `[2001:db8::1]:1234`. */
function peerAddress(call: Pick<ServerUnaryCall<unknown, unknown>, 'getPeer'>): string | undefined {
  return /^\[?(.*?)\]?:\d+$/.exec(call.getPeer())?.[1];
}

function bound(server: Server, { host, port, certificate }: ExtAuthzOptions): Promise<number> {
  const name = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
  const credentials =
    certificate === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { cert_chain: Buffer.from(certificate.cert), private_key: Buffer.from(certificate.key) },
        ]);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${name}:${port}`, credentials, (error, boundPort) => {
      if (error === null) resolve(boundPort);
      else {
        const message = `forwardAuth.grpcPort: cannot listen on ${name}:${port} (${error.message}); choose another port.`;
        reject(new CurfewError('config_invalid', message));
      }
    });
  });
}

function drain(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.forceShutdown(), timeoutMs);
    server.tryShutdown(() => {
      clearTimeout(limit);
      resolve();
    });
  });
}
