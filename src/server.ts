import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { Access } from './access/access.ts';
import { ProviderCertificates } from './access/provider-certificates.ts';
import { demandSharedSecret } from './access/shared-secret.ts';
import type { Config } from './config.ts';
import { type AddressRange, parseNetwork } from './core/address.ts';
import { type Clock, systemClock } from './core/clock.ts';
import type { Log } from './core/log.ts';
import type { Sealer } from './core/sealing.ts';
import { productVersion } from './core/version.ts';
import { createConsoleFace } from './faces/console/face.ts';
import { createElementFace } from './faces/element/face.ts';
import { dispatch, type Face, type FaceParts } from './faces/face.ts';
import { listenExtAuthz } from './faces/forward-auth/grpc/server.ts';
import { createForwardAuth } from './faces/forward-auth/start.ts';
import { type Certificate, certificateOf, selfSignedCertificate } from './faces/http/certificate.ts';
import { clientAddress, proxyTrust } from './faces/http/client-address.ts';
import { createHttpFace } from './faces/http/face.ts';
import { listen } from './faces/http/listener.ts';
import { createMetrics, type Metrics } from './faces/http/metrics.ts';
import { tokenReader } from './faces/http/presented-token.ts';
import { createIbmFace } from './faces/ibm/face.ts';
import { createKibanaFace } from './faces/kibana/face.ts';
import { createSignInFace } from './faces/sign-in/face.ts';
import type { Services } from './operations/operation.ts';
import { operations } from './operations/table.ts';
import { warmUp } from './operations/warm-up.ts';
import { Housekeeper } from './session/housekeeper.ts';
import { Nodes } from './session/nodes.ts';
import { observedStore } from './session/observed-store.ts';
import { Registry } from './session/registry.ts';
import { Statistics } from './session/statistics.ts';
import { defaultProviders } from './sign-in/configured.ts';
import { signInRealm } from './sign-in/consistency.ts';
import { type PublicPlace, publicPlace } from './sign-in/public-place.ts';
import { openSignIn } from './sign-in/sign-in.ts';
import { Feed } from './signals/feed.ts';
import { holdStore, isDatabase, openStore, sealerOf } from './stores.ts';

/** A server that answers. */
export interface RunningServer {
  readonly httpPort: number;
  /** Undefined without TLS. */
  readonly httpsPort: number | undefined;
  /** Of Envoy's `ext_authz`; undefined where it is not served. */
  readonly grpcPort: number | undefined;
  /** The random password of the administrator `admin`, when this was the first start and made one. Shown once. */
  readonly adminPassword: string | undefined;
  readonly services: Services;
  /** Takes no new requests, lets those under way finish, writes what is gathered, and closes the store. */
  close(): Promise<void>;
}

export interface ServerParts {
  readonly log: Log;
  readonly clock?: Clock;
  /** The number of this process, from 1, where several of one machine share port and data; see `workers.ts`. */
  readonly worker?: number | undefined;
  /** Given this process's answer to a question, gives how to ask all of them; needed where there are several. */
  readonly peers?: ((answer: () => Promise<unknown>) => () => Promise<readonly unknown[]>) | undefined;
  /** What this process knows that somebody should know who relies on it, beside what the store says. */
  readonly warnings?: (() => readonly string[]) | undefined;
}

type Closing = (() => Promise<void>)[];

/**
 * Puts the server together from its concrete parts, and starts it. When a part does not start, those before it are closed.
 * @throws CurfewError `data_in_use`, `store_unavailable`, `store_full`, `config_invalid`
 */
export async function startServer(
  config: Config,
  { log, clock = systemClock(), worker, peers, warnings }: ServerParts,
): Promise<RunningServer> {
  const closing: Closing = [];
  const close = (): Promise<void> => closeAll(closing, log);
  try {
    return { ...(await startParts(config, { log, clock, worker, peers, warnings }, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The part that started last stops first; one that fails to does not keep the others from it. */
async function closeAll(closing: Closing, log: Log): Promise<void> {
  for (const stop of closing.splice(0).reverse()) {
    await stop().catch((error: unknown) => log.error({ err: error }, 'a part did not close as it should'));
  }
}

/** The data as the process that starts workers has it: held for all of them, with everything made that a first start makes. */
export interface PreparedData {
  readonly adminPassword: string | undefined;
  /** To be called when the last worker has stopped. */
  release(): Promise<void>;
}

/**
 * Takes the data for the workers that are to be started, so that none of them meets a schema that is being brought up to
 * date, or makes the same thing as another.
 * @throws CurfewError as `startServer`
 */
export async function prepareData(
  config: Config,
  { log, clock = systemClock() }: Pick<ServerParts, 'log' | 'clock'>,
): Promise<PreparedData> {
  const hold = await holdStore(config);
  const closing: Closing = [];
  try {
    const { adminPassword } = await openDomain(
      config,
      { log, clock, worker: 0, metrics: createMetrics() },
      closing,
    );
    await certificateFor(config, clock.now());
    await closeAll(closing, log);
    return { adminPassword, release: () => hold.release() };
  } catch (error) {
    await closeAll(closing, log);
    await hold.release();
    throw error;
  }
}

interface DomainParts extends Pick<ServerParts, 'warnings'> {
  readonly log: Log;
  readonly clock: Clock;
  readonly worker: number | undefined;
  readonly metrics: Metrics;
}

interface Domain {
  readonly services: Services;
  readonly sealer: Sealer;
  readonly place: PublicPlace;
  readonly adminPassword: string | undefined;
}

/** Opens the store and everything behind the faces. */
async function openDomain(
  config: Config,
  { log, clock, worker, metrics, warnings }: DomainParts,
  closing: Closing,
): Promise<Domain> {
  const isShared = worker !== undefined || isDatabase(config);
  const opened = await openStore(config, { log, worker });
  closing.push(() => opened.close());
  const store = observedStore(opened, metrics.storeObserver, warnings);
  const sealer = sealerOf(config);
  if (isDatabase(config)) await demandSharedSecret(store, sealer, clock);
  const registry = await Registry.open({
    store,
    clock,
    isShared,
    maxSignInAgeMs: config.maxSignInAge,
    ...(config.realms === undefined ? {} : { realms: config.realms }),
  });
  // A node is to be heard, and called, for as long as it holds accesses: until they are written when the registry closes.
  let nodes: Nodes | undefined;
  closing.push(async () => nodes?.stop());
  closing.push(() => registry.close());
  const access = await Access.open({ store, clock, registry, sealer });
  const adminPassword = await access.firstStart({ password: config.adminPassword });
  const place = publicPlace(config.signIn, `http://${urlHost(config.host)}:${config.port}`);
  const certificates = new ProviderCertificates(join(config.data, 'provider-keys'), sealer);
  const signIn = await openSignIn({
    store,
    clock,
    log,
    sealer,
    registry,
    access,
    certificates,
    publicUrl: place.url,
    configured: config.providers ?? defaultProviders(signInRealm(config)),
    environment: process.env,
  });
  closing.push(() => signIn.providers.close());
  registry.whenRecordsChange(() => signIn.providers.load());
  const version = productVersion();
  nodes = new Nodes({
    store,
    registry,
    clock,
    version,
    isShared,
    name: nodeName(config, worker),
    onChange: (error) =>
      error === undefined
        ? log.info('this node can be heard of again')
        : log.error({ err: error }, 'this node cannot say that it lives'),
  });
  const known = nodes;
  registry.whenAccessesCount(() => known.gatherAccesses());
  const services: Services = {
    registry,
    nodes,
    statistics: new Statistics({ store, registry, clock, historyMs: config.history }),
    access,
    store,
    clock,
    log,
    backupDirectory: config.backups ?? join(config.data, 'backups'),
    certificates,
    signIn,
    version,
    startedAt: clock.now(),
  };
  return { services, sealer, place, adminPassword };
}

async function startParts(
  config: Config,
  { log, clock, worker, peers, warnings }: Required<ServerParts>,
  closing: Closing,
): Promise<Omit<RunningServer, 'close'>> {
  const metrics = createMetrics();
  const { services, sealer, place, adminPassword } = await openDomain(
    config,
    { log, clock, worker, metrics, warnings },
    closing,
  );
  const { store, registry, nodes } = services;
  const housekeeper = housekeeperOf({ config, registry, store, clock, log, worker, swept: metrics.swept });
  closing.push(() => housekeeper.stop());
  metrics.observeStore(store, () => clock.now());
  if (peers !== undefined) metrics.joinPeers(peers);
  metrics.observeNode(nodes.name, services.version, () => registry.ledger.head);
  const proxies = trustedRanges(config.trustedProxies);
  const addressOf = clientAddress(proxies);
  const isProxy = proxyTrust(proxies);
  const readToken = tokenReader(place.sessionCookie);
  const readConsoleToken = tokenReader(place.consoleCookie);
  const feed = new Feed({
    ...services,
    onFailure: (error) => log.warn({ err: error }, 'those who follow events cannot be told what happens'),
  });
  const face = await createHttpFace({
    services,
    feed,
    operations,
    log,
    addressOf,
    readToken,
    readConsoleToken,
    metrics,
    metricsAccess: config.metrics,
    failuresPerMinute: config.limits.failuresPerMinute,
    hasConsole: config.faces.console.enabled,
  });
  closing.push(() => face.close());
  const { publicUrl } = config.signIn;
  const signInUrl =
    config.forwardAuth.signInUrl ?? (publicUrl === undefined ? undefined : `${publicUrl}/sign-in`);
  const forwardAuth = createForwardAuth({
    settings: config.forwardAuth,
    services,
    log,
    addressOf,
    isProxy,
    readToken,
    signInPage: signInUrl === undefined ? undefined : { url: signInUrl, realm: signInRealm(config) },
    issuer: publicUrl ?? 'curfew',
  });
  metrics.observeGate(forwardAuth.gate.counts);
  const ofSignIn = {
    services,
    log,
    addressOf,
    place,
    readToken,
    realm: signInRealm(config),
    attemptsPerMinute: config.signIn.attemptsPerMinute,
    attempts: worker !== undefined || isDatabase(config) ? store.attempts : undefined,
  };
  const signInFace = createSignInFace({ ...ofSignIn, sealer });
  const consoleFace = createConsoleFace({ ...ofSignIn, readConsoleToken });
  const ownFaces = config.faces.console.enabled ? [consoleFace, signInFace] : [signInFace];
  const faces = [...ownFaces, ...(await startFaces(config, { services, log, addressOf }, closing))];
  // Proxies ask on every request, so they are looked for first.
  const handle = dispatch([forwardAuth.face, ...faces], face);
  const { host } = config;
  const certificate = await certificateFor(config, clock.now());
  const { grpcPort } = config.forwardAuth;
  const grpc =
    grpcPort === undefined
      ? undefined
      : await listenExtAuthz({ gate: forwardAuth.gate, isProxy, host, port: grpcPort, certificate });
  if (grpc !== undefined) closing.push(() => grpc.drain(config.drain));
  // From its first answer on it holds accesses that others may ask for.
  await nodes.start();
  // Nothing hangs on it: a store that does not answer now is told of by every question.
  await warmUp(registry).catch(() => undefined);
  const http = await listen(handle, { host, port: config.port });
  closing.push(() => http.drain(config.drain));
  const https =
    certificate === undefined ? undefined : await listen(handle, { host, port: config.tlsPort, certificate });
  if (https !== undefined) {
    // Both stop at the same time, so that one waiting for its requests does not leave the other open.
    closing.pop();
    closing.push(async () => {
      await Promise.all([http.drain(config.drain), https.drain(config.drain)]);
    });
  }
  housekeeper.start();
  // First of all, since streams of events do not end by themselves and the listeners wait for what is under way.
  closing.push(() => feed.stop());
  log.info({ store: store.description, version: services.version }, 'started');
  return { httpPort: http.port, httpsPort: https?.port, grpcPort: grpc?.port, adminPassword, services };
}

/** The faces beside the native API that are not switched off. */
async function startFaces(
  { faces }: Config,
  parts: Omit<FaceParts, 'realm'>,
  closing: Closing,
): Promise<Face[]> {
  const started: Face[] = [];
  const add = (face: Face): void => {
    started.push(face);
    closing.push(() => face.close());
  };
  if (faces.element.enabled) add(await createElementFace({ ...parts, realm: faces.element.realm }));
  if (faces.kibana.enabled) add(await createKibanaFace({ ...parts, ...faces.kibana }));
  if (faces.ibm.enabled) add(await createIbmFace({ ...parts, ...faces.ibm }));
  return started;
}

interface HousekeeperParts extends Pick<Services, 'registry' | 'store' | 'clock'> {
  readonly config: Config;
  readonly log: Log;
  readonly worker: number | undefined;
  readonly swept: (seconds: number) => void;
}

function housekeeperOf({
  config,
  registry,
  store,
  clock,
  log,
  worker,
  swept,
}: HousekeeperParts): Housekeeper {
  return new Housekeeper({
    registry,
    store,
    clock,
    // One worker marks and deletes for all of its machine: a file takes one writer at a time, and one is enough for a database.
    tendsStore: worker === undefined || worker === 1,
    isShared: worker !== undefined || isDatabase(config),
    historyMs: config.history,
    observer: {
      swept: (_seq, seconds) => swept(seconds),
      failed: (task, error) => log.error({ task, err: error }, 'background work fails; it is tried again'),
      recovered: (task) => log.info({ task }, 'background work goes on again'),
    },
  });
}

async function certificateFor(config: Config, now: number): Promise<Certificate | undefined> {
  if (config.tlsCert !== undefined && config.tlsKey !== undefined) {
    return certificateOf(config.tlsCert, config.tlsKey);
  }
  return config.tls === 'self-signed' ? selfSignedCertificate(join(config.data, 'tls'), now) : undefined;
}

/** Without a name of its own a node is called by its host, and by what tells servers of one host apart. */
function nodeName({ nodeName, data, host, port }: Config, worker: number | undefined): string {
  const digest = createHash('sha256')
    .update(`${resolve(data)} ${host} ${port}`)
    .digest('hex');
  const name = nodeName ?? `${hostname()}-${digest.slice(0, 4)}`;
  return worker === undefined ? name : `${name}/${worker}`;
}

/** The host of a URL that reaches an address that is listened on. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function trustedRanges(networks: readonly string[]): AddressRange[] {
  return networks
    .flatMap((network) => (network === 'loopback' ? ['127.0.0.0/8', '::1'] : [network]))
    .flatMap((network) => parseNetwork(network) ?? []);
}
