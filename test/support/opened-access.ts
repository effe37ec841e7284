import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { z } from 'zod';
import { Access } from '../../src/access/access.ts';
import type { Order } from '../../src/access/administrator.ts';
import { type AdministratorCaller, actorOf, type Caller } from '../../src/access/caller.ts';
import { ProviderCertificates } from '../../src/access/provider-certificates.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createLog } from '../../src/core/log.ts';
import { sealerWith } from '../../src/core/sealing.ts';
import { call } from '../../src/operations/call.ts';
import type { Operation, Services } from '../../src/operations/operation.ts';
import { Nodes } from '../../src/session/nodes.ts';
import { Registry } from '../../src/session/registry.ts';
import { Statistics } from '../../src/session/statistics.ts';
import type { Store } from '../../src/session/store.ts';
import type { ConfiguredProvider } from '../../src/sign-in/provider-settings.ts';
import { openSignIn, type SignIn } from '../../src/sign-in/sign-in.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { hour, ManualClock } from './manual-clock.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** Seals under one key, so that what one part of a test sealed another opens. */
export const aSealer = sealerWith(Buffer.alloc(32, 7));

/** The password of every administrator that tests make. */
export const aPassword = 'correct horse battery staple';

/** The parts that stand behind every face, on a store of their own that goes with the test. */
export interface OpenedAccess {
  readonly store: SqliteStore;
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly access: Access;
  readonly certificates: ProviderCertificates;
  readonly signIn: SignIn;
}

/** What access and sign-in are opened on. */
interface AccessFoundation {
  readonly store: Store;
  readonly clock: Clock;
  readonly registry: Registry;
  /** Where certificates of providers lie. */
  readonly directory: string;
  readonly configured?: readonly ConfiguredProvider[];
}

/** Opens store, registry and access, without any administrator. */
export async function openAccess(t: TestContext, realms?: readonly string[]): Promise<OpenedAccess> {
  const directory = makeTemporaryDirectory();
  const store = await openSqliteStore({ directory: directory.path });
  t.after(async () => {
    await store.close();
    directory.remove();
  });
  const clock = new ManualClock();
  const registry = await Registry.open({ store, clock, ...(realms === undefined ? {} : { realms }) });
  const parts = await openAccessAndSignIn(t, { store, clock, registry, directory: directory.path });
  return { store, clock, registry, ...parts };
}

/** Opens access and sign-in on a store and its registry; the providers close with the test. */
export async function openAccessAndSignIn(
  t: TestContext,
  { store, clock, registry, directory, configured = [] }: AccessFoundation,
): Promise<Pick<OpenedAccess, 'access' | 'certificates' | 'signIn'>> {
  const certificates = new ProviderCertificates(join(directory, 'provider-keys'), aSealer);
  const access = await Access.open({ store, clock, registry, sealer: aSealer });
  const signIn = await openSignIn({
    store,
    clock,
    log: createLog('silent'),
    sealer: aSealer,
    registry,
    access,
    certificates,
    publicUrl: 'https://sso.example.org',
    configured,
    environment: {},
  });
  t.after(() => signIn.providers.close());
  return { access, certificates, signIn };
}

/** Opens store, registry and access with the administrator `admin`, number 1, of all rights. */
export async function openAccessWithAdmin(
  t: TestContext,
  realms?: readonly string[],
): Promise<OpenedAccess & { admin: Order }> {
  const opened = await openAccess(t, realms);
  await opened.access.firstStart({ password: aPassword });
  return { ...opened, admin: orderOf(anAdministrator()) };
}

/** `admin`, number 1, with all rights in all realms, with changes. */
export function anAdministrator(changes: Partial<AdministratorCaller> = {}): AdministratorCaller {
  return {
    kind: 'administrator',
    adminId: 1,
    username: 'admin',
    accessGroups: ['administrator'],
    realm: null,
    ...changes,
  };
}

/** An order of a caller, given over the native API. */
export function orderOf(caller: Caller): Order {
  return { caller, origin: { by: actorOf(caller), face: 'http', from: '192.0.2.9' } };
}

/** Calls operations through the waist, as the native API would, on opened parts. */
export function callingOn({ store, clock, registry, access, certificates, signIn }: OpenedAccess) {
  const services: Services = {
    store,
    clock,
    registry,
    access,
    log: { level: 'info' },
    certificates,
    signIn,
    statistics: new Statistics({ store, registry, clock, historyMs: 7 * 24 * hour }),
    nodes: new Nodes({ store, registry, clock, name: 'test', version: '0.0.0-test', isShared: false }),
    backupDirectory: join(tmpdir(), 'curfew-test-without-backups'),
    version: '0.0.0-test',
    startedAt: clock.now(),
  };
  return <Input extends z.ZodType, Output extends z.ZodType>(
    operation: Operation<Input, Output>,
    input: unknown,
    caller: Caller,
  ): Promise<z.output<Output>> =>
    call(operation, input, { caller, face: 'http', from: '192.0.2.9', services });
}
