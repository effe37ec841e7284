import type { IncomingMessage } from 'node:http';
import { type AddressRange, addressToBytes, bytesToAddress, parseNetwork } from '../../core/address.ts';

/** Finds the address of the client behind a request. */
export type ClientAddress = (request: IncomingMessage) => string | undefined;

/**
 * The address at the other end of the connection, unless that is a trusted proxy: then what the proxy says. Of
 * `X-Forwarded-For` the last address that is no trusted proxy counts, since everything before it was written by the
 * client; without that header, `X-Real-IP`. Nobody is trusted unless it is configured: a proxy that passes the
 * client's own header along would else let everybody choose their address.
 */
export function clientAddress(trustedProxies: readonly AddressRange[]): ClientAddress {
  const isTrusted = isWithin(trustedProxies);
  return (request) => {
    const peer = addressToBytes(request.socket.remoteAddress ?? '');
    if (peer === undefined) return undefined;
    if (trustedProxies.length === 0 || !isTrusted(peer)) return bytesToAddress(peer);
    const told = forwardedAddresses(request);
    for (const text of told.reverse()) {
      const bytes = addressToBytes(text);
      // What is no address cannot be followed further.
      if (bytes === undefined) break;
      if (!isTrusted(bytes)) return bytesToAddress(bytes);
    }
    return bytesToAddress(peer);
  };
}

function isWithin(ranges: readonly AddressRange[]): (address: Buffer) => boolean {
  return (address) => ranges.some(({ from, to }) => address.compare(from) >= 0 && address.compare(to) <= 0);
}

/** Tells whether the other end of a connection, by its address, is a trusted proxy. */
export function proxyTrust(
  trustedProxies: readonly AddressRange[],
): (address: string | undefined) => boolean {
  const isTrusted = isWithin(trustedProxies);
  return (address) => {
    const bytes = addressToBytes(address ?? '');
    return bytes !== undefined && isTrusted(bytes);
  };
}

function forwardedAddresses({ headers }: IncomingMessage): string[] {
  const forwarded = headers['x-forwarded-for'] ?? headers['x-real-ip'];
  const text = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '');
  return text.split(',').map((part) => part.trim());
}

const loopback = ['127.0.0.0/8', '::1'].flatMap((network) => parseNetwork(network) ?? []);

/** Whether a request comes from this machine itself, and was not handed on by a proxy that runs on it. */
export function isLocal(request: IncomingMessage): boolean {
  const peer = addressToBytes(request.socket.remoteAddress ?? '');
  if (peer === undefined) return false;
  const { headers } = request;
  if (headers['x-forwarded-for'] ?? headers['x-real-ip'] ?? headers.forwarded ?? headers.via) return false;
  return loopback.some(({ from, to }) => peer.compare(from) >= 0 && peer.compare(to) <= 0);
}
