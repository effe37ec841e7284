import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { it } from 'node:test';
import type { Registration } from '../../src/session/registration.ts';
import type { Selector } from '../../src/session/selector.ts';
import { iso, minute, second } from '../support/manual-clock.ts';
import {
  adminIds,
  apps,
  groups,
  ips,
  providerSessions,
  realms,
  subjects,
  usernames,
} from '../support/populations.ts';
import { type Random, withSeed } from '../support/seed.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { openParts, type Parts } from './parts.ts';

const types = ['basic', 'ldap', 'saml'] as const;
const providerNames = ['main', 'corp'] as const;

/** A session as the test remembers it. */
interface Remembered {
  readonly token: string;
  readonly id: string;
  readonly createdAt: number;
  request: Registration;
  lastAccessAt: number;
  isLive: boolean;
}

function someOf<T>(random: Random, values: readonly T[]): T[] {
  return values.filter(() => random.oneIn(2));
}

async function signIn(parts: Parts, random: Random): Promise<Remembered> {
  const request = aRegistration({
    realm: random.pick(realms),
    username: random.pick(usernames),
    subject: random.pick(subjects),
    providerSession: random.pick([undefined, ...providerSessions]),
    provider: { type: random.pick(types), name: random.pick(providerNames) },
    accessGroups: someOf(random, groups),
    adminIds: someOf(random, adminIds),
    ...(random.oneIn(2) ? { app: random.pick(apps) } : {}),
    ...(random.oneIn(3) ? {} : { client: { ip: random.pick(ips) } }),
    providerConfigVersion: random.below(4),
  });
  const { token, session } = await parts.registry.register(request);
  const { id, createdAt } = session;
  return { token, id, createdAt, request, lastAccessAt: createdAt, isLive: true };
}

/** One random condition, or two of them. */
function anyCut(random: Random, now: number, known: readonly Remembered[]): Selector {
  const ids = Array.from({ length: 1 + random.below(4) }, () => random.pick(known).id);
  const instant = (): string => iso(now - random.below(10 * minute));
  const one = (): Selector =>
    random.pick<() => Selector>([
      () => ({ username: random.pick(usernames) }),
      () => ({ subject: random.pick(subjects) }),
      () => ({ provider: { type: random.pick(types) } }),
      () => ({ provider: { name: random.pick(providerNames), type: random.pick(types) } }),
      () => ({ providerSession: random.pick(providerSessions) }),
      () => ({ adminId: random.pick(adminIds) }),
      () => ({ accessGroup: random.pick(groups) }),
      () => ({ app: random.pick(apps) }),
      () => ({ ip: random.pick(['192.0.2.0/24', '192.0.2.64/26', '198.51.100.1', '2001:db8::/32', '::/0']) }),
      () => ({ sessionIds: ids }),
      () => ({ createdTo: instant() }),
      () => ({ createdFrom: instant() }),
      () => ({ lastAccessTo: instant() }),
      () => ({ lastAccessFrom: instant() }),
      () => ({ providerConfigVersionBelow: 1 + random.below(3) }),
    ])();
  const selector = { ...one(), ...one(), realm: random.pick(realms) };
  return random.oneIn(3) ? { ...selector, except: ids } : selector;
}

/** The meaning of a selector, said by hand and without a look at how Curfew says it. */
function names(selector: Selector, one: Remembered): boolean {
  const { request } = one;
  const { provider } = selector;
  const wrong = [
    selector.realm !== undefined && selector.realm !== request.realm,
    selector.username !== undefined && selector.username !== request.username,
    selector.subject !== undefined && selector.subject !== request.subject,
    provider?.type !== undefined && provider.type !== request.provider.type,
    provider?.name !== undefined && provider.name !== request.provider.name,
    selector.providerSession !== undefined && selector.providerSession !== request.providerSession,
    selector.adminId !== undefined && !request.adminIds?.includes(selector.adminId),
    selector.accessGroup !== undefined && !request.accessGroups?.includes(selector.accessGroup),
    selector.app !== undefined && selector.app !== request.app,
    selector.ip !== undefined && !isWithin(request.client?.ip, selector.ip),
    selector.sessionIds !== undefined && !selector.sessionIds.includes(one.id),
    selector.except?.includes(one.id) ?? false,
    selector.createdFrom !== undefined && one.createdAt < Date.parse(selector.createdFrom),
    selector.createdTo !== undefined && one.createdAt >= Date.parse(selector.createdTo),
    selector.lastAccessFrom !== undefined && one.lastAccessAt < Date.parse(selector.lastAccessFrom),
    selector.lastAccessTo !== undefined && one.lastAccessAt >= Date.parse(selector.lastAccessTo),
    selector.providerConfigVersionBelow !== undefined &&
      (request.providerConfigVersion ?? 0) >= selector.providerConfigVersionBelow,
  ];
  return !wrong.includes(true);
}

function isWithin(ip: string | undefined, network: string): boolean {
  if (ip === undefined) return false;
  const [address = '', prefix] = network.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIPv6(ip) !== (family === 'ipv6')) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  return list.check(ip, family);
}

/** Cuts, and ends in memory what the cut names among the live: no more and no less may have ended. */
async function cut({ registry }: Parts, selector: Selector, known: readonly Remembered[]): Promise<void> {
  const { revocation } = await registry.terminate({ selector, reason: 'a test', origin: anOrigin });
  let matched = 0;
  for (const one of known) {
    if (!one.isLive || !names(selector, one)) continue;
    one.isLive = false;
    matched += 1;
  }
  assert.equal(revocation.matched, matched, `the count of ${JSON.stringify(selector)}`);
}

async function compare(parts: Parts, known: readonly Remembered[], when: string): Promise<void> {
  for (const { token, id, isLive, request } of known) {
    assert.equal(await parts.isLive(token), isLive, `${id} ${when}: ${JSON.stringify(request)}`);
  }
}

it('P4: a cut ends what it names and nothing else, through uses, refreshes, sweeps and restarts', async (t) => {
  await withSeed(async (random, seed) => {
    t.diagnostic(`CURFEW_SEED=${seed}`);
    const parts = await openParts(t);
    const { clock } = parts;
    const known: Remembered[] = [await signIn(parts, random)];
    for (let step = 0; step < 900; step++) {
      const one = random.pick(known);
      const dice = random.below(100);
      if (dice < 40) known.push(await signIn(parts, random));
      else if (dice < 60) {
        if ((await parts.registry.check(one.token)).live) one.lastAccessAt = clock.now();
      } else if (dice < 68) {
        const accessGroups = someOf(random, groups);
        const refreshed = await parts.registry.refresh(one.id, { accessGroups });
        assert.equal(refreshed !== undefined, one.isLive);
        if (!one.isLive) continue;
        one.request = { ...one.request, accessGroups };
        one.lastAccessAt = clock.now();
      } else if (dice < 90) clock.advance(random.below(3 * second));
      else if (dice < 94) await cut(parts, anyCut(random, clock.now(), known), known);
      else if (dice < 98) await parts.housekeeper.tidy();
      else if (dice < 99) await parts.restart();
      else await compare(parts, known, `at step ${step}`);
    }
    await parts.housekeeper.tidy();
    await parts.restart();
    await compare(parts, known, 'in the end');
  });
});

it('P4: a large cut spares its neighbours before, while and after it is swept, and whoever signs in next', async (t) => {
  await withSeed(async (random, seed) => {
    t.diagnostic(`CURFEW_SEED=${seed}`);
    const parts = await openParts(t);
    const { clock } = parts;
    const known = await Promise.all(Array.from({ length: 6000 }, () => signIn(parts, random)));
    await cut(parts, { provider: { type: 'ldap' } }, known);
    assert.ok(known.filter(({ isLive }) => !isLive).length > 1000, 'more than are marked at once');
    const next = await Promise.all(Array.from({ length: 500 }, () => signIn(parts, random)));
    const all = [...known, ...next];
    await compare(parts, all, 'before the sweep');
    for (let slices = 0; slices < 5; slices++) await parts.store.sweep(clock.now());
    await compare(parts, all, 'while it is swept');
    await parts.restart();
    for (const one of all.slice(0, 300)) {
      const refreshed = await parts.registry.refresh(one.id, { attributes: { team: 'blue' } });
      assert.equal(refreshed !== undefined, one.isLive);
    }
    await parts.housekeeper.tidy();
    await compare(parts, all, 'after the sweep');
    clock.advance(16 * minute);
    await parts.housekeeper.tidy();
    await parts.restart();
    await compare(parts, all, 'when the cut is history');
    const selector = { all: true } as const;
    assert.equal(
      await parts.registry.count({ selector, state: 'live' }),
      all.filter(({ isLive }) => isLive).length,
    );
  });
});
