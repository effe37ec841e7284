import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { freePort } from './ports.ts';
import { handOver, ServerProcess } from './postgres-process.ts';
import { realPart } from './real-parts.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

const user = 'curfew';
const memberCount = 3;

/** How a test sees the members; `lag` is in bytes. */
interface MemberState {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

/** One member: a PostgreSQL, and the Patroni that watches over it. */
export class PatroniMember {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  /** The way of the other members to this one, and the way of this one to etcd. */
  readonly peers: FaultProxy;
  readonly etcd: FaultProxy;
  readonly #configuration: string;
  readonly #data: string;
  #process: ServerProcess | undefined;

  constructor(parts: {
    name: string;
    port: number;
    restPort: number;
    peers: FaultProxy;
    etcd: FaultProxy;
    configuration: string;
    data: string;
  }) {
    this.name = parts.name;
    this.port = parts.port;
    this.restPort = parts.restPort;
    this.peers = parts.peers;
    this.etcd = parts.etcd;
    this.#configuration = parts.configuration;
    this.#data = parts.data;
    // Patroni leaves PostgreSQL running when it dies; a test that is broken off must not.
    process.once('exit', () => signalAll(this.#postgresPids(), 'SIGKILL'));
  }

  start(): void {
    this.#process = ServerProcess.start(realPart('patroni').path, [this.#configuration]);
  }

  get output(): string {
    return this.#process?.output ?? '';
  }

  /** Ends PostgreSQL and Patroni at once, as a power cut would. */
  async kill(): Promise<void> {
    // PostgreSQL goes first, with a Patroni that sees nothing of it: it holds the output of both open.
    this.#process?.signal('SIGSTOP');
    for (let pids = this.#postgresPids(); pids.length > 0; pids = this.#postgresPids()) {
      signalAll(pids, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await this.#process?.end('SIGKILL');
  }

  /** Cuts it off from the other members and from etcd. Whoever uses the database still reaches it. */
  partition(): void {
    for (const proxy of [this.peers, this.etcd]) proxy.set({ toServer: 'held', toClient: 'held' });
  }

  /** Stops the whole machine where it stands, or lets it go on. */
  freeze(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.signal(signal);
    signalAll(this.#postgresPids(), signal);
  }

  heal(): void {
    for (const proxy of [this.peers, this.etcd]) {
      // What was said long ago would confuse both sides.
      proxy.reset();
      proxy.heal();
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    await Promise.all([this.peers.close(), this.etcd.close()]);
  }

  /** All processes of the server, in whatever state it is: they stand in its folder, and nobody else does. */
  #postgresPids(): number[] {
    return readdirSync('/proc').flatMap((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === this.#data ? [Number(pid)] : [];
      } catch {
        // It is no process, has ended meanwhile, or belongs to somebody else.
        return [];
      }
    });
  }
}

/** Three members of which one is written, and the others stream from it, one of them synchronously. */
export interface RunningPatroni {
  readonly members: readonly PatroniMember[];
  /** The way to the database through whichever member can be written. */
  readonly url: string;
  /** The member that leads, as soon as there is one with a synchronous standby. `not` is not taken. */
  leader(not?: PatroniMember): Promise<PatroniMember>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL under Patroni in synchronous mode, with an etcd of its own. */
export async function startPatroni(): Promise<RunningPatroni> {
  const folder = makeTemporaryDirectory();
  handOver(folder.path);
  const [etcdPort, peerPort] = [await freePort(), await freePort()];
  const etcdData = join(folder.path, 'etcd');
  const etcd = ServerProcess.start(realPart('etcd').path, [
    ...['--data-dir', etcdData, '--unsafe-no-fsync', '--logger', 'zap', '--log-level', 'error'],
    ...['--listen-client-urls', `http://127.0.0.1:${etcdPort}`],
    ...['--advertise-client-urls', `http://127.0.0.1:${etcdPort}`],
    ...['--listen-peer-urls', `http://127.0.0.1:${peerPort}`],
    ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peerPort}`],
    ...['--initial-cluster', `default=http://127.0.0.1:${peerPort}`],
  ]);
  await etcd.whenReady(() => isFine(`http://127.0.0.1:${etcdPort}/health`));
  const password = randomBytes(12).toString('base64url');
  const members: PatroniMember[] = [];
  for (let number = 1; number <= memberCount; number++) {
    members.push(await memberOf({ folder: folder.path, number, etcdPort, password }));
  }
  const states = async (): Promise<MemberState[]> => {
    for (const { restPort } of members) {
      const options = { signal: AbortSignal.timeout(1000) };
      const answer = await fetch(`http://127.0.0.1:${restPort}/cluster`, options).catch(() => undefined);
      const body = (await answer?.json().catch(() => undefined)) as { members?: MemberState[] } | undefined;
      if (body?.members !== undefined) return body.members;
    }
    return [];
  };
  const leader: RunningPatroni['leader'] = async (not) => {
    const until = performance.now() + 60_000;
    for (;;) {
      const found = await states();
      const one = members.find(({ name }) =>
        found.some((state) => state.name === name && state.role === 'leader'),
      );
      if (one !== undefined && one !== not && found.some(({ role }) => role === 'sync_standby')) return one;
      if (performance.now() > until) {
        throw new Error(
          `no leader: ${JSON.stringify(found)}\n${members.map(({ output }) => output.slice(-1500)).join('\n')}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
    await etcd.end('SIGKILL');
    folder.remove();
  };
  try {
    for (const member of members) member.start();
    await leader();
  } catch (error) {
    await stop();
    throw error;
  }
  const servers = members.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return { members, url: `postgres://${user}:${password}@${servers}/postgres`, leader, stop };
}

async function memberOf(of: {
  folder: string;
  number: number;
  etcdPort: number;
  password: string;
}): Promise<PatroniMember> {
  const name = `member${of.number}`;
  const home = join(of.folder, name);
  mkdirSync(home, { mode: 0o700 });
  handOver(home);
  const [port, restPort] = [await freePort(), await freePort()];
  const [peers, etcd] = [await startFaultProxy(port), await startFaultProxy(of.etcdPort)];
  const data = join(realpathSync(home), 'data');
  const configuration = join(home, 'patroni.yml');
  const rest = `127.0.0.1:${restPort}`;
  const login = { username: user, password: of.password };
  const text = stringify({
    scope: 'curfew',
    name,
    restapi: { listen: rest, connect_address: rest },
    // Etcd tells of its own address otherwise, past the proxy.
    etcd3: { hosts: [`127.0.0.1:${etcd.port}`], use_proxies: true },
    bootstrap: {
      dcs: {
        // The shortest that Patroni takes, so that the test need not wait for long.
        ttl: 20,
        loop_wait: 1,
        retry_timeout: 3,
        synchronous_mode: true,
        synchronous_mode_strict: true,
        postgresql: { use_pg_rewind: false, parameters: { max_connections: 100 } },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'no-sync'],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${peers.port}`,
      data_dir: data,
      bin_dir: dirname(realpathSync(realPart('postgres').path)),
      // A member may hold more than the one that takes over, which did not come to it in time. Nobody is there to see to it.
      remove_data_directory_on_diverged_timelines: true,
      pgpass: join(home, 'pgpass'),
      authentication: { superuser: login, replication: { ...login, username: 'replicator' } },
      pg_hba: [
        'local all all trust',
        'host all all 127.0.0.1/32 scram-sha-256',
        'host replication replicator 127.0.0.1/32 scram-sha-256',
      ],
      parameters: {
        unix_socket_directories: home,
        fsync: false,
        shared_buffers: '32MB',
        password_encryption: 'scram-sha-256',
      },
    },
  });
  writeFileSync(configuration, text, { mode: 0o600 });
  handOver(configuration);
  return new PatroniMember({ name, port, restPort, peers, etcd, configuration, data });
}

async function isFine(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
