import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { tokenAt } from './population.ts';

/** What is asked: a path, and headers beside the token's. */
export interface Question {
  readonly path: string;
  readonly headers?: readonly string[];
}

/**
 * Checks at a fixed rate, however long the answers take: a server that stalls is charged with every request that it kept
 * waiting. It sleeps between them, so that it takes little of its core.
 */
export class PacedChecks {
  #idle: Socket[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #waiting: { request: string; dueAt: number }[] = [];
  readonly #answered = new Map<Socket, { dueAt: number }>();
  #latencies: number[] = [];
  #failures = 0;
  #isClosed = false;

  private constructor() {}

  /** Opens so many connections, which are kept alive. */
  static async open(port: number, connections: number): Promise<PacedChecks> {
    const checks = new PacedChecks();
    for (let n = 0; n < connections; n++) await checks.#connect(port);
    return checks;
  }

  /**
   * Sends `perSecond` checks a second, of the sessions in turn, until `ms` have passed or `isOver` says so.
   * @returns the milliseconds from when each was to be sent to when it was answered, and how many were not answered with 200
   */
  async run(
    indexes: readonly number[],
    {
      perSecond,
      ms,
      isOver = () => false,
      question: { path, headers = [] } = { path: '/v1/check' },
    }: { perSecond: number; ms: number; isOver?: () => boolean; question?: Question },
  ): Promise<{ latencies: number[]; failures: number }> {
    const requests = indexes.map((index) =>
      [
        `GET ${path} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${tokenAt(index)}`,
        ...headers,
        '\r\n',
      ].join('\r\n'),
    );
    this.#latencies = [];
    this.#failures = 0;
    const start = performance.now();
    let sent = 0;
    while (performance.now() - start < ms && !isOver()) {
      // A late timer is this process's own fault and not the server's, so a request is due when it could be sent.
      const dueAt = performance.now();
      const due = Math.floor(((dueAt - start) * perSecond) / 1000);
      for (; sent < due; sent++)
        this.#waiting.push({ request: requests[sent % requests.length] as string, dueAt });
      this.#sendWaiting();
      await delay(1);
    }
    while (this.#answered.size > 0) await delay(1);
    return { latencies: this.#latencies, failures: this.#failures };
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(port: number): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    let received = '';
    socket.setEncoding('latin1').on('data', (part) => {
      received += String(part);
      // A live check has no body, so its headers are all of the answer.
      if (!received.endsWith('\r\n\r\n')) return;
      this.#note(socket, received.startsWith('HTTP/1.1 200 '));
      received = '';
    });
    // A server ends a connection that has not asked anything for long, and another takes its place.
    socket.on('error', () => {});
    socket.once('close', () => this.#replace(socket, port));
    this.#sockets.add(socket);
    this.#idle.push(socket);
  }

  #replace(socket: Socket, port: number): void {
    this.#sockets.delete(socket);
    this.#idle = this.#idle.filter((one) => one !== socket);
    // One that ends under a check leaves it without an answer.
    if (this.#answered.delete(socket)) this.#failures++;
    if (!this.#isClosed) this.#connect(port).catch(() => this.#failures++);
  }

  #note(socket: Socket, isLive: boolean): void {
    const asked = this.#answered.get(socket);
    if (asked === undefined) return;
    this.#latencies.push(performance.now() - asked.dueAt);
    if (!isLive) this.#failures++;
    this.#answered.delete(socket);
    this.#idle.push(socket);
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0) {
      const socket = this.#idle.pop();
      if (socket === undefined) return;
      const { request, dueAt } = this.#waiting.shift() as { request: string; dueAt: number };
      this.#answered.set(socket, { dueAt });
      socket.write(request);
    }
  }
}
