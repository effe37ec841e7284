/**
 * An application that trusts its proxy: it knows who is asking by the headers that nginx set, and shows every header
 * it received. `node upstream.mjs [port]` runs it alone.
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/** @returns {import('node:http').Server} not listening yet */
export function createUpstream() {
  return createServer((request, response) => {
    const { method, url, headers } = request;
    let bytes = 0;
    request.on('data', (/** @type {Buffer} */ chunk) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      const user = headers['remote-user'];
      // Names beyond ASCII travel percent-encoded, since a header holds ASCII only.
      const hello = user === undefined ? 'Hello, nobody' : `Hello, ${decodeURIComponent(`${user}`)}`;
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      response.end(`${JSON.stringify({ hello, method, url, bytes, headers }, null, 2)}\n`);
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 3000);
  createUpstream().listen(port, '127.0.0.1', () =>
    console.log(`upstream listening on http://127.0.0.1:${port}`),
  );
}
