import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** What became of an attempt to open a WebSocket and to send one text over it. */
export interface WebSocketOutcome {
  /** 101 when it was opened. */
  readonly status: number;
  readonly head: string;
  /** The text that came back. */
  readonly echo: string | undefined;
}

/** Opens a WebSocket, sends a text of less than 126 bytes, waits for one frame, and closes. */
export function sendOverWebSocket(
  port: number,
  host: string,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<WebSocketOutcome> {
  return new Promise((resolve, reject) => {
    const lines = {
      Host: host,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    };
    const socket = connect(port, '127.0.0.1', () => {
      const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`GET /socket HTTP/1.1\r\n${head.join('')}\r\n`);
    });
    let received = Buffer.alloc(0);
    let isSent = false;
    const settle = (outcome: WebSocketOutcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = received.subarray(0, end).toString('latin1');
      const status = Number(head.split(' ')[1]);
      if (status !== 101) {
        settle({ status, head, echo: undefined });
        return;
      }
      if (!isSent) {
        isSent = true;
        socket.write(maskedText(text));
      }
      const frame = received.subarray(end + 4);
      if (frame.length >= 2 + text.length)
        settle({ status, head, echo: frame.subarray(2, 2 + text.length).toString('utf8') });
    });
    socket.on('close', () => reject(new Error(`the connection ended after: ${received.toString('latin1')}`)));
  });
}

/** One text frame as a client sends it (RFC 6455 section 5.3). */
function maskedText(text: string): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(text).map((byte, at) => byte ^ (mask[at % 4] as number));
  return Buffer.concat([Buffer.from([0x81, 0x80 | masked.length]), mask, masked]);
}
