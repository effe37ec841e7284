import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { freePort } from './ports.ts';

/** An application behind a proxy: answers with what it received, and sends back what a WebSocket brings. */
export interface EchoUpstream {
  readonly url: string;
  /** How many requests and WebSockets came through, and the headers of the last of them. */
  readonly seen: { requests: number; webSockets: number; headers: IncomingHttpHeaders; rawHeaders: string[] };
  close(): void;
}

/** Starts it on a free port. */
export async function startEchoUpstream(): Promise<EchoUpstream> {
  const seen: EchoUpstream['seen'] = { requests: 0, webSockets: 0, headers: {}, rawHeaders: [] };
  const server = createServer(({ method, url, headers, rawHeaders }, response) => {
    seen.requests++;
    seen.headers = headers;
    seen.rawHeaders = rawHeaders;
    const chunks: Buffer[] = [];
    const { req } = response;
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ method, url, body, bytes: body.length, headers }));
    });
  });
  server.on('upgrade', ({ headers, rawHeaders }, socket) => {
    seen.webSockets++;
    seen.headers = headers;
    seen.rawHeaders = rawHeaders;
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    echoFrames(socket);
  });
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Sends every short text frame back (RFC 6455 section 5.2); anything else ends the connection. */
function echoFrames(socket: Duplex): void {
  let waiting = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 6) {
      const length = (waiting[1] as number) & 0x7f;
      if (waiting[0] !== 0x81 || length > 125) {
        socket.end();
        return;
      }
      if (waiting.length < 6 + length) return;
      const mask = waiting.subarray(2, 6);
      const text = Buffer.from(
        waiting.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] as number)),
      );
      socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
      waiting = waiting.subarray(6 + length);
    }
  });
}
