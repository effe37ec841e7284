import { bytesAt, lengthField, messageAt, numberField, textAt } from './wire.ts';

/**
 * The messages of `envoy.service.auth.v3.Authorization` that are needed, by the numbers of their fields in Envoy's
 * public API: https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/auth/v3/external_auth.proto
 */
export const checkMethod = '/envoy.service.auth.v3.Authorization/Check';

/** What `CheckRequest` says of the request that Envoy has got. */
export interface CheckRequest {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  /** Path and query, as they came. */
  readonly path: string;
  /** Names in lower case and values in turn. */
  readonly headers: readonly string[];
  /** The address of the client, as Envoy sees it; empty when it is no IP address. */
  readonly sourceAddress: string;
}

/** What `CheckResponse` orders Envoy to do. */
export type CheckResponse =
  | {
      readonly kind: 'ok';
      /** Headers that replace those of the client, names and values in turn. */
      readonly headers: readonly string[];
      readonly headersToRemove: readonly string[];
    }
  | {
      readonly kind: 'denied';
      readonly status: number;
      readonly headers: readonly string[];
      readonly body: string;
    };

/** @throws RangeError when the bytes are no message */
export function decodeCheckRequest(bytes: Buffer): CheckRequest {
  const attributes = messageAt(bytes, 1);
  const http = messageAt(messageAt(attributes, 4), 2);
  // Attributes.source (1), Peer.address (1), Address.socket_address (1), SocketAddress.address (2).
  const socketAddress = messageAt(messageAt(messageAt(attributes, 1), 1), 1);
  return {
    method: textAt(http, 2),
    path: textAt(http, 4),
    host: textAt(http, 5),
    scheme: textAt(http, 6),
    headers: headersOf(http),
    sourceAddress: textAt(socketAddress, 2),
  };
}

/** From the map (3), or from the list (13) that Envoy sends with `encode_raw_headers`. */
function headersOf(http: Buffer): string[] {
  const headers: string[] = [];
  for (const entry of bytesAt(http, 3)) headers.push(textAt(entry, 1), textAt(entry, 2));
  for (const entry of bytesAt(messageAt(http, 13), 1)) {
    const raw = messageAt(entry, 3);
    headers.push(textAt(entry, 1), raw.length > 0 ? raw.toString('latin1') : textAt(entry, 2));
  }
  return headers;
}

/** The codes of google.rpc.Code that are used. */
const statusCodes = { ok: 0, permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

export function encodeCheckResponse(response: CheckResponse): Buffer {
  if (response.kind === 'ok') {
    const ok = [
      ...headerOptions(response.headers),
      ...response.headersToRemove.map((name) => lengthField(5, name.toLowerCase())),
    ];
    return Buffer.concat([lengthField(1, numberField(1, statusCodes.ok)), lengthField(3, Buffer.concat(ok))]);
  }
  const { status, headers, body } = response;
  const denied = [lengthField(1, numberField(1, status)), ...headerOptions(headers), lengthField(3, body)];
  return Buffer.concat([
    lengthField(1, numberField(1, statusCodeOf(status))),
    lengthField(2, Buffer.concat(denied)),
  ]);
}

function statusCodeOf(status: number): number {
  if (status === 503) return statusCodes.unavailable;
  return status === 403 ? statusCodes.permissionDenied : statusCodes.unauthenticated;
}

/** `HeaderValueOption`, field 2 of both answers. `append` is there and false: without it newer versions of Envoy append. */
function headerOptions(headers: readonly string[]): Buffer[] {
  const options: Buffer[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const header = Buffer.concat([
      lengthField(1, (headers[index] as string).toLowerCase()),
      lengthField(2, headers[index + 1] as string),
    ]);
    options.push(lengthField(2, Buffer.concat([lengthField(1, header), lengthField(2, Buffer.alloc(0))])));
  }
  return options;
}
