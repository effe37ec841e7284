import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportListening, startOptions } from './reporting.ts';

/** A server that looks at nothing and answers the same headers every time: the most that `node:http` can do. */

const { headers } = startOptions<{ headers: string[] }>();
const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end();
});
server.listen({ host: '127.0.0.1', port: 0 }, () => reportListening((server.address() as AddressInfo).port));
