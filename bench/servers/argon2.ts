import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashPassword, verifyPassword } from '../../src/access/passwords.ts';
import { reportListening, startOptions } from './reporting.ts';

/** A server that verifies one password for each request and does nothing else: what argon2id leaves of this machine. */

const { password } = startOptions<{ password: string }>();
const hash = await hashPassword(password);
const server = createServer((_request, response) => {
  verifyPassword(password, hash).then(
    (isRight) => response.writeHead(isRight ? 204 : 500).end(),
    () => response.destroy(),
  );
});
server.listen({ host: '127.0.0.1', port: 0 }, () => reportListening((server.address() as AddressInfo).port));
