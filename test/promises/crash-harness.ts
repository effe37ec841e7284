import { openSync, readFileSync, writeSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { verifyLedger } from '../../src/session/chain.ts';
import { Housekeeper } from '../../src/session/housekeeper.ts';
import { Registry } from '../../src/session/registry.ts';
import type { StoredSession } from '../../src/session/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { randomFrom } from '../support/seed.ts';
import { anOrigin } from '../support/sessions.ts';
import { anyProvider, anyRealm, anySelector, anyUser, type CrashOrder, type Known } from './crash-model.ts';

/**
 * The process that is killed: it opens the data, says what it finds there, then registers, touches and ends sessions as
 * fast as it can until it is killed. What was acknowledged is written to a file, which outlives it.
 */

const workers = 16;
const { data, log, seed, known, ledgerAfter, anchor } = JSON.parse(
  readFileSync(process.argv[2] as string, 'utf8'),
) as CrashOrder;
const random = randomFrom(seed);
const file = openSync(log, 'a');
const write = (line: object): void => {
  writeSync(file, `${JSON.stringify(line)}\n`);
};

const clock = systemClock();
const store = await openSqliteStore({ directory: data });
const registry = await Registry.open({ store, clock });
const chain = await verifyLedger((after, limit) => store.revocations({ after, limit }), {
  head: await store.head(),
  anchor,
});
const live = await Promise.all(known.map(({ token }) => isLive(token)));
const opened = {
  live: live.flatMap((one, index) => (one ? [index] : [])),
  broken: chain.broken ?? null,
  ledger: await store.revocations({ after: ledgerAfter, limit: 1_000_000 }),
};
process.stdout.write(`${JSON.stringify(opened)}\n`);
new Housekeeper({
  registry,
  store,
  clock,
  historyMs: 7 * 86_400_000,
  intervalMs: 10,
  observer: { swept: () => {}, failed: (_task, error) => fail(error), recovered: () => {} },
}).start();
const sessions: Known[] = [...known];
for (let worker = 0; worker < workers; worker++) void work().catch(fail);

async function work(): Promise<never> {
  for (;;) await oneStep();
}

async function oneStep(): Promise<void> {
  const dice = random.below(100);
  if (dice < 45) return register();
  if (dice < 70) return touch();
  if (dice < 78) return refresh();
  if (dice < 86) return terminate();
  if (dice < 92) return logOut();
  return signInSlowly();
}

/** Registers, and sometimes asks again with the same key, as an application does that got no answer. */
async function register(epoch?: number): Promise<void> {
  const idempotency = random.oneIn(8) ? { key: bytes(), request: Buffer.alloc(32) } : undefined;
  const request = {
    realm: anyRealm(random),
    username: anyUser(random),
    provider: anyProvider(random),
    client: { ip: `192.0.2.${random.below(16)}` },
    ...(epoch === undefined ? {} : { epoch }),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
  try {
    const { token, session } = await registry.register(request);
    write({ did: 'register', token, session: told(session) });
    sessions.push({ token, id: session.id });
    if (idempotency === undefined) return;
    write({ begun: 'repeat', id: session.id });
    const repeat = await registry.register(request);
    write({ did: 'repeat', id: session.id, token: repeat.token });
    sessions.push({ token: repeat.token, id: session.id });
  } catch (error) {
    expect(error, 'revoked_during_sign_in', 'session_ended', 'sign_in_too_old');
  }
}

/** A sign-in that takes a while, so that cuts come between its start and its registration. */
async function signInSlowly(): Promise<void> {
  const epoch = registry.ledger.head;
  await touch();
  await refresh();
  return register(epoch);
}

async function touch(): Promise<void> {
  const one = anyKnown();
  if (one !== undefined) await registry.check(one.token);
}

async function refresh(): Promise<void> {
  const one = anyKnown();
  if (one !== undefined) await registry.refresh(one.id, { accessGroups: [`group ${random.below(3)}`] });
}

async function terminate(): Promise<void> {
  const selector = anySelector(random, clock.now(), anyKnown()?.id);
  const { revocation, sessions: ended } = await registry.terminate({
    selector,
    reason: 'a test',
    origin: anOrigin,
  });
  write({ did: 'terminate', seq: revocation.seq, hash: revocation.hash });
  const ids = new Set(ended.map(({ id }) => id));
  for (const { id, token } of sessions.slice(-200)) {
    if (ids.has(id) && (await isLive(token)))
      write({ violation: `${token} is live after revocation ${revocation.seq}` });
  }
}

async function logOut(): Promise<void> {
  const one = anyKnown();
  if (one === undefined) return;
  write({ begun: 'logout', id: one.id });
  const ended = await registry.logOut(one.id);
  write({ did: 'logout', id: one.id });
  if (ended !== undefined && (await isLive(one.token)))
    write({ violation: `${one.token} is live after its logout` });
}

async function isLive(token: string): Promise<boolean> {
  return (await registry.check(token, { touch: false })).live;
}

function anyKnown(): Known | undefined {
  return sessions.length === 0 ? undefined : random.pick(sessions);
}

function told({ id, realm, username, provider, client, createdAt, epoch }: StoredSession): object {
  return { id, realm, username, provider: provider.name, ip: client.ip, createdAt, epoch };
}

function bytes(): Buffer {
  return Buffer.from(Array.from({ length: 32 }, () => random.below(256)));
}

function expect(error: unknown, ...codes: readonly string[]): void {
  if (!(error instanceof CurfewError) || !codes.includes(error.code)) throw error;
}

function fail(error: unknown): void {
  write({ violation: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
