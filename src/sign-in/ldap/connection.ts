import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Client, type DN, type Entry, type Filter } from 'ldapts';
import { CurfewError } from '../../core/errors.ts';
import { textsOf } from './entry.ts';
import { failureOf, isCutOff, ServerFailure } from './failure.ts';
import { anything } from './filter-template.ts';
import { askForTls } from './start-tls.ts';

/** How connections to a server are made. */
export interface ConnectionOptions {
  readonly url: string;
  readonly startTls: boolean;
  /** Certificates in PEM that are trusted instead of those of the system. */
  readonly ca: string | undefined;
  readonly verifyCertificate: boolean;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

/** What is asked of a server. */
export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
}

/** One connection to a directory server. It never comes back by itself: a new one would be neither encrypted nor bound. */
export class Connection {
  readonly #client: Client;
  readonly #socket: Socket;
  /** Seconds that the server may search. */
  readonly #timeLimit: number;
  #capabilities: readonly string[] | undefined;
  /** How the connection is protected, such as `TLSv1.3`; undefined when it is not. */
  readonly protection: string | undefined;

  private constructor(socket: Socket, { timeoutMs, connectTimeoutMs }: ConnectionOptions) {
    this.#socket = socket;
    this.protection = isTls(socket) ? (socket.getProtocol() ?? undefined) : undefined;
    this.#timeLimit = Math.ceil(timeoutMs / 1000);
    this.#client = clientOver(socket, timeoutMs, connectTimeoutMs);
    socket.on('error', () => socket.destroy());
  }

  /** @throws ServerFailure when no usable connection comes about in time */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), options.connectTimeoutMs);
    const { hostname, port, protocol } = new URL(options.url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isLdaps = protocol.toLowerCase() === 'ldaps:';
    const raw = connect({
      host,
      port: Number(port) || (isLdaps ? 636 : 389),
      noDelay: true,
      keepAlive: true,
    });
    let socket: Socket = raw;
    try {
      await once(raw, 'connect', { signal: late.signal });
      if (isLdaps || options.startTls) {
        if (!isLdaps) await askForTls(raw, late.signal);
        socket = encrypt(raw, host, options);
        await once(socket, 'secureConnect', { signal: late.signal });
      }
      return new Connection(socket, options);
    } catch (error) {
      socket.on('error', () => undefined).destroy();
      raw.on('error', () => undefined).destroy();
      if (late.signal.aborted) throw new ServerFailure('no connection came about in time');
      throw failureOf(error, 'no connection comes about');
    } finally {
      clearTimeout(timer);
    }
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** The subject and the last day of the server's certificate; undefined without TLS. */
  get certificate(): { readonly subject: string; readonly endsAt: number } | undefined {
    if (!isTls(this.#socket)) return undefined;
    const { subject, valid_to: end } = this.#socket.getPeerCertificate();
    return { subject: String(subject?.CN ?? ''), endsAt: Date.parse(end) };
  }

  /**
   * Proves to the server who somebody is. The password must not be empty: the server would take that for a bind without
   * any name, and say yes (RFC 4513 section 5.1.2).
   * @throws ResultCodeError the server's answer when it is not yes
   */
  async bind(dn: string, password: string): Promise<void> {
    if (password === '') throw new CurfewError('invalid_input', 'A bind needs a password.');
    // Given as an object, a name is never taken for a way of authentication such as EXTERNAL.
    await this.#client.bind({ toString: () => dn } as DN, password);
  }

  /**
   * The entries that a search finds, none of them from another server that the answer refers to. Two at most: who looks
   * for one must only know whether there are more.
   */
  async find({ base, scope, filter, attributes }: Search): Promise<Entry[]> {
    const options = { scope, filter, attributes: [...attributes], sizeLimit: 2, timeLimit: this.#timeLimit };
    return (await this.#client.search(base, options)).searchEntries;
  }

  /**
   * All entries that a search finds.
   * @throws CurfewError `sign_in_refused` when they are more than `most`, or more than the server gives
   */
  async findAll({ base, scope, filter, attributes }: Search, most: number): Promise<Entry[]> {
    const options = {
      scope,
      filter,
      attributes: [...attributes],
      timeLimit: this.#timeLimit,
      paged: { pageSize: 500 },
    };
    const found: Entry[] = [];
    try {
      for await (const { searchEntries } of this.#client.searchPaginated(base, options)) {
        found.push(...searchEntries);
        if (found.length > most) throw tooMany(`more than ${most}`);
      }
    } catch (error) {
      throw isCutOff(error) ? tooMany('more than the server gives to the account that asks') : error;
    }
    return found;
  }

  /** Whether the server names a capability in its root entry. */
  async knows(capability: string): Promise<boolean> {
    this.#capabilities ??= await this.#readCapabilities();
    return this.#capabilities.includes(capability);
  }

  async #readCapabilities(): Promise<string[]> {
    const attributes = ['supportedCapabilities'];
    const [root] = await this.find({ base: '', scope: 'base', filter: anything(), attributes });
    return root === undefined ? [] : textsOf(root, 'supportedCapabilities');
  }

  /** Ends the connection. */
  close(): void {
    // Sends an unbind and destroys the socket; there is nothing left that could fail.
    void this.#client.unbind().catch(() => undefined);
    this.#socket.end();
    this.#socket.unref();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }
}

function tooMany(howMany: string): CurfewError {
  return new CurfewError(
    'sign_in_refused',
    `A search finds ${howMany} groups for one user; narrow groupFilter or groupBase, or raise the limit of the server.`,
  );
}

function isTls(socket: Socket): socket is TLSSocket {
  return 'encrypted' in socket;
}

/** A client on a socket that is there already, which makes no other when it has ended. */
function clientOver(socket: Socket, timeout: number, connectTimeout: number): Client {
  let isTaken = false;
  return new Client({
    // The address is never used; the socket is connected already.
    url: 'ldap://connected',
    timeout,
    connectTimeout,
    createConnection: (() => {
      if (isTaken || socket.destroyed) throw new ServerFailure('the connection broke', { isBroken: true });
      isTaken = true;
      return socket;
    }) as unknown as typeof connect,
  });
}

function encrypt(socket: Socket, host: string, { ca, verifyCertificate }: ConnectionOptions): TLSSocket {
  return connectTls({
    socket,
    // The name that the certificate must bear.
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: verifyCertificate,
    minVersion: 'TLSv1.2',
  });
}
