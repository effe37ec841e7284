import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Client } from '../../src/client/client.ts';
import { systemClock } from '../../src/core/clock.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { restoreBackup } from '../../src/offline.ts';
import type { LedgerEntry } from '../../src/session/store.ts';
import { type Random, withSeed } from '../support/seed.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { anyProvider, anyRealm, anySelector, anyUser, CrashModel } from './crash-model.ts';
import { checkOver, type ServerProcess, startProcess } from './server-process.ts';

const kills = 12;
const callers = 8;

it('P1: what was acknowledged over HTTP holds after kill -9 of the server', {
  timeout: 240_000,
}, async (t) => {
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  await withSeed(async (random, seed) => {
    t.diagnostic(`CURFEW_SEED=${seed}`);
    const model = new CrashModel();
    for (let round = 0; round < kills; round++) {
      const server = await startProcess(t, { data: join(folder.path, 'data') });
      await look(server.client, model);
      await loadUntilKilled(server, model, random);
    }
    const server = await startProcess(t, { data: join(folder.path, 'data') });
    await look(server.client, model);
    assert.equal((await server.client.ledger.verify()).intact, true);
    assert.ok(model.revocations > 0);
    await server.stop();
  });
});

it('P1: a termination made after a backup holds after the backup is restored', async (t) => {
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const directory = join(folder.path, 'data');
  const before = await startProcess(t, { data: directory });
  const provider = { type: 'basic', name: 'main' };
  const { token } = await before.client.sessions.register({ username: 'ann', provider });
  const backup = await before.client.store.backup();
  await before.client.revocations.create({ selector: { username: 'ann' }, reason: 'left' });
  await before.kill();
  await restoreBackup({
    backup: backup.path,
    directory,
    replace: true,
    keepSessions: false,
    clock: systemClock(),
  });
  const after = await startProcess(t, { data: directory });
  assert.deepEqual(await checkOver(after, token), { status: 401, reason: 'revoked' });
});

/** Holds the restarted server against what was acknowledged. */
async function look(client: Client, model: CrashModel): Promise<void> {
  const entries: LedgerEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.revocations.list({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const { at, sweep, from: _from, ...rest } of page.revocations) {
      entries.push({ ...rest, at: Date.parse(at), swept: sweep.swept, sweptAt: null } as LedgerEntry);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  model.learn(entries.filter(({ seq }) => seq > model.revocations).sort((a, b) => a.seq - b.seq));
  const live: number[] = [];
  for (let start = 0; start < model.known.length; start += 1000) {
    const tokens = model.known.slice(start, start + 1000).map(({ token }) => token);
    const { verdicts } = await client.sessions.check({ tokens, touch: false });
    for (const [index, verdict] of verdicts.entries()) if (verdict.live) live.push(start + index);
  }
  model.judge(live);
}

/** Several callers at once; the kill comes when one of them has had so many answers. */
async function loadUntilKilled(server: ServerProcess, model: CrashModel, random: Random): Promise<void> {
  let left = 10 + random.below(150);
  let killed: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (killed === undefined) {
      try {
        await step(server, model, random);
      } catch (error) {
        if (!(error instanceof CurfewError)) throw error;
        if (error.code === 'unreachable') break;
        assert.equal(error.code, 'revoked_during_sign_in');
      }
      left -= 1;
      if (left < 0) killed ??= server.kill();
    }
  };
  await Promise.all(Array.from({ length: callers }, work));
  await killed;
}

async function step({ client, ...server }: ServerProcess, model: CrashModel, random: Random): Promise<void> {
  const one = model.known.length === 0 ? undefined : random.pick(model.known);
  const dice = random.below(10);
  if (dice < 6 || one === undefined) {
    const { session, token } = await client.sessions.register({
      realm: anyRealm(random),
      username: anyUser(random),
      provider: anyProvider(random),
      client: { ip: `192.0.2.${random.below(16)}` },
    });
    const { id, realm, username, provider, createdAt, epoch } = session;
    const told = { id, realm, username, provider: provider.name, ip: session.client.ip ?? '', epoch };
    model.note({ did: 'register', token, session: { ...told, createdAt: Date.parse(createdAt) } });
  } else if (dice < 8) await checkOver(server, one.token).catch(unreachable);
  else if (dice < 9) {
    const selector = anySelector(random, Date.now(), one.id);
    const { revocation } = await client.revocations.create({ selector, reason: 'a test' });
    model.note({ did: 'terminate', seq: revocation.seq, hash: revocation.hash });
  } else {
    model.note({ begun: 'logout', id: one.id });
    await server.bearing(one.token).sessions.logout().catch(acceptDead);
  }
}

function unreachable(): never {
  throw new CurfewError('unreachable', 'the server was killed');
}

/** Whoever logs out of a session that has ended is told so. */
function acceptDead(error: unknown): void {
  if (error instanceof CurfewError && ['unauthenticated', 'session_ended'].includes(error.code)) return;
  throw error;
}
