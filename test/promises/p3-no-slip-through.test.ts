import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import type { Registration } from '../../src/session/registration.ts';
import type { Revocation } from '../../src/session/revocation.ts';
import type { Selector } from '../../src/session/selector.ts';
import { minute, second } from '../support/manual-clock.ts';
import { type Random, withSeed } from '../support/seed.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { openParts, type Parts } from './parts.ts';

const maxSignInAge = 15 * minute;
const steps = 1200;

/** A sign-in under way: a user who is typing a password, or away at the identity provider. */
interface SignIn {
  readonly request: Registration;
  readonly by: 'epoch' | 'instant';
  readonly epoch: number;
  readonly at: number;
}

function anySignIn(random: Random, { registry, clock }: Parts): SignIn {
  const provider = { type: random.pick(['basic', 'saml']), name: random.pick(['main', 'corp']) };
  const request = aRegistration({
    username: `user ${random.below(4)}`,
    realm: random.pick(['eu', 'us']),
    provider,
  });
  return { request, by: random.pick(['epoch', 'instant']), epoch: registry.ledger.head, at: clock.now() };
}

function anyCut(random: Random): Selector {
  const provider = { type: random.pick(['basic', 'saml']), name: random.pick(['main', 'corp']) };
  const username = `user ${random.below(4)}`;
  const realm = random.pick(['eu', 'us']);
  return random.pick<Selector>([{ username }, { username, realm }, { provider, username }, { provider }]);
}

/** The meaning of the few cuts above, once more. */
function names(selector: Selector, { realm, username, provider }: Registration): boolean {
  if (selector.realm !== undefined && selector.realm !== realm) return false;
  if (selector.username !== undefined && selector.username !== username) return false;
  if (selector.provider === undefined) return true;
  return selector.provider.type === provider.type && selector.provider.name === provider.name;
}

/** Whether a cut was made after a sign-in began, as far as the sign-in says when it began. */
function isLater(cut: Revocation, signIn: SignIn): boolean {
  return signIn.by === 'epoch' ? cut.seq > signIn.epoch : cut.at >= signIn.at;
}

/** Registers, and gives the token, or why it was refused. */
async function complete(
  { registry }: Parts,
  { request, by, epoch, at }: SignIn,
): Promise<{ token?: string; refused?: string }> {
  try {
    const { token } = await registry.register({
      ...request,
      ...(by === 'epoch' ? { epoch } : { authenticatedAt: at }),
    });
    return { token };
  } catch (error) {
    if (error instanceof CurfewError) return { refused: error.code };
    throw error;
  }
}

it('P3: however sign-ins and cuts interleave, none that began before a cut is live after it', async (t) => {
  await withSeed(async (random, seed) => {
    t.diagnostic(`CURFEW_SEED=${seed}`);
    const parts = await openParts(t);
    const cuts: Revocation[] = [];
    let open: SignIn[] = [];
    let refused = 0;
    const cut = async (): Promise<void> => {
      const order = { selector: anyCut(random), reason: 'a test', origin: anOrigin };
      cuts.push((await parts.registry.terminate(order)).revocation);
    };
    for (let step = 0; step < steps; step++) {
      const dice = random.below(100);
      if (dice < 40) open.push(anySignIn(random, parts));
      else if (dice < 55) await cut();
      else if (dice < 70) parts.clock.advance(random.below(3));
      else if (dice < 72) parts.clock.advance(random.below(4 * minute));
      else if (dice < 76) await parts.housekeeper.tidy();
      else if (dice < 77) await parts.restart();
      else {
        const done = open.filter(() => random.oneIn(3));
        open = open.filter((signIn) => !done.includes(signIn));
        // Some cuts are ordered while the registrations are under way, before, between and after them.
        const racing: (() => Promise<unknown>)[] = done.map((signIn) => () => complete(parts, signIn));
        for (let extra = random.below(3); extra > 0; extra--)
          racing.splice(random.below(racing.length + 1), 0, cut);
        const outcomes = await Promise.all(racing.map((run) => run()));
        const registered = outcomes.filter((outcome) => outcome !== undefined) as Awaited<
          ReturnType<typeof complete>
        >[];
        for (const [index, signIn] of done.entries()) {
          refused += await holdTo(parts, signIn, registered[index] ?? {}, cuts);
        }
      }
    }
    assert.ok(refused > 0, 'some were refused');
    t.diagnostic(`${cuts.length} cuts, ${refused} sign-ins ended by them`);
  });
});

/** Holds the outcome of a sign-in against all cuts; gives 1 when a cut ended it. */
async function holdTo(
  parts: Parts,
  signIn: SignIn,
  { token, refused }: { token?: string; refused?: string },
  cuts: readonly Revocation[],
): Promise<0 | 1> {
  const fatal = cuts.find((cut) => isLater(cut, signIn) && names(cut.selector, signIn.request));
  const isLive = token !== undefined && (await parts.isLive(token));
  const age = parts.clock.now() - signIn.at;
  if (fatal !== undefined) {
    assert.equal(isLive, false, `revocation ${fatal.seq} came after the sign-in began`);
    return 1;
  }
  // P4: what no cut names lives, unless it took too long for that to be known.
  if (age <= maxSignInAge) assert.equal(refused, undefined, `nothing names it, and it took ${age} ms`);
  else assert.ok(refused === undefined || refused === 'sign_in_too_old');
  assert.equal(isLive, refused === undefined);
  return 0;
}

it('P3: a sign-in that took longer than the ledger is remembered for is refused, not believed', async (t) => {
  const parts = await openParts(t);
  const { registry, clock, housekeeper } = parts;
  const epoch = registry.ledger.head;
  const at = clock.now();
  await registry.terminate({ selector: { username: 'ann' }, reason: 'a test', origin: anOrigin });
  clock.advance(maxSignInAge + second);
  await housekeeper.tidy();
  assert.equal(registry.ledger.size, 0, 'the cut has left the active set');
  await assert.rejects(registry.register(aRegistration({ epoch })), { code: 'sign_in_too_old' });
  await assert.rejects(registry.register(aRegistration({ authenticatedAt: at })), {
    code: 'sign_in_too_old',
  });
  await parts.restart();
  await assert.rejects(parts.registry.register(aRegistration({ epoch })), { code: 'sign_in_too_old' });
  const { token } = await parts.registry.register(aRegistration());
  assert.equal(await parts.isLive(token), true);
});

it('P3: a cut of the same millisecond counts as later than the sign-in', async (t) => {
  const { registry, clock } = await openParts(t);
  await registry.terminate({ selector: { username: 'ann' }, reason: 'a test', origin: anOrigin });
  const authenticatedAt = clock.now();
  await assert.rejects(registry.register(aRegistration({ authenticatedAt })), {
    code: 'revoked_during_sign_in',
  });
  clock.advance(1);
  await registry.register(aRegistration({ authenticatedAt: clock.now() }));
});

it('P3: a sign-in cannot claim to have begun after what has happened', async (t) => {
  const { registry, clock } = await openParts(t);
  const ahead = { authenticatedAt: clock.now() + 5 * minute };
  await assert.rejects(registry.register(aRegistration(ahead)), { code: 'invalid_input' });
  await assert.rejects(registry.register(aRegistration({ epoch: 1 })), { code: 'epoch_unknown' });
  await registry.terminate({ selector: { username: 'ann' }, reason: 'a test', origin: anOrigin });
  const both = { epoch: 1, authenticatedAt: clock.now() };
  await assert.rejects(registry.register(aRegistration(both)), { code: 'invalid_input' });
});
