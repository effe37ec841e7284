import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './ports.ts';

/** What happens to bytes: they pass, they wait (nobody is told, as when a cable is pulled), or each waits so long. */
export type Way = 'open' | 'held' | { readonly delayMs: number };

/** A way between two programs that a test can cut, hold and slow down, each direction by itself. */
export interface FaultProxy {
  readonly port: number;
  /** How many connections were made through it, or tried, so far. */
  readonly attempts: number;
  /** How the bytes go from now on. What was held goes on its way when the way is open again. */
  set(ways: { readonly toServer?: Way; readonly toClient?: Way }): void;
  /** Breaks every connection off with a reset. */
  reset(): void;
  /** Breaks every connection off, and every new one, until `accept`. */
  refuse(): void;
  accept(): void;
  /** Everything open and accepted again. */
  heal(): void;
  /** Where new connections lead from now on. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/** Starts a proxy on a port of its own before a server of this machine. */
export async function startFaultProxy(serverPort: number): Promise<FaultProxy> {
  let target = serverPort;
  let attempts = 0;
  let isRefusing = false;
  const ways: { toServer: Way; toClient: Way } = { toServer: 'open', toClient: 'open' };
  const lanes = new Set<Lane>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    attempts += 1;
    if (isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: target, host: '127.0.0.1' });
    const both = [client, upstream];
    const pair = [
      new Lane(client, upstream, () => ways.toServer),
      new Lane(upstream, client, () => ways.toClient),
    ];
    for (const lane of pair) lanes.add(lane);
    const end = (): void => {
      for (const lane of pair) lanes.delete(lane);
      for (const socket of both) {
        sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of both) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', end);
      socket.on('close', end);
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const reset = (): void => {
    for (const socket of [...sockets]) socket.resetAndDestroy();
  };
  const set: FaultProxy['set'] = (changed) => {
    Object.assign(ways, changed);
    for (const lane of lanes) lane.flow();
  };
  return {
    port,
    get attempts() {
      return attempts;
    },
    set,
    reset,
    refuse() {
      isRefusing = true;
      reset();
    },
    accept() {
      isRefusing = false;
    },
    heal() {
      isRefusing = false;
      set({ toServer: 'open', toClient: 'open' });
    },
    leadTo(next) {
      target = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of [...sockets]) socket.destroy();
      }),
  };
}

/** One direction of a connection. Bytes keep their order, whatever happens to them. */
class Lane {
  readonly #to: Socket;
  readonly #way: () => Way;
  readonly #held: Buffer[] = [];
  #isWaiting = false;

  constructor(from: Socket, to: Socket, way: () => Way) {
    this.#to = to;
    this.#way = way;
    from.on('data', (bytes: Buffer) => {
      this.#held.push(bytes);
      this.flow();
    });
  }

  /** Lets go on what may. */
  flow(): void {
    if (this.#isWaiting) return;
    const way = this.#way();
    if (way === 'held' || this.#held.length === 0) return;
    if (way === 'open') {
      for (const bytes of this.#held.splice(0)) if (!this.#to.destroyed) this.#to.write(bytes);
      return;
    }
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      const bytes = this.#held.shift();
      if (bytes !== undefined && !this.#to.destroyed) this.#to.write(bytes);
      this.flow();
    }, way.delayMs).unref();
  }
}
