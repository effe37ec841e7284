import { createServer } from 'node:net';

/** Ports given out by this process, so that two callers never get the same one. */
const given = new Set<number>();

const lowest = 20_000;
/** The kernel takes the local ports of outgoing connections from here on, so one below it stays free. */
const lowestEphemeral = 32_768;

/** A TCP port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = lowest + Math.floor(Math.random() * (lowestEphemeral - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port found between ${lowest} and ${lowestEphemeral}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
