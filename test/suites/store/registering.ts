import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { CurfewError } from '../../../src/core/errors.ts';
import { hashSecret, newSessionToken } from '../../../src/core/tokens.ts';
import type { NewSession } from '../../../src/session/store.ts';
import { hour, minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, registered, same } from './stage.ts';

/** Names that a careless store mixes up, cuts short or reads as something else. */
const hardNames = [
  ...['ann', 'Ann', 'ANN', 'an', 'ann ', ' ann', 'zoë', 'zoe\u0308', '李雷', '😀', '\u202eright to left'],
  ...["o'neil", '"quoted"', 'back\\slash', 'per%cent', 'under_score', 'line\nfeed', 'CN=Ann, OU="East"'],
  ...['null', '0', '00', '1e3', '[]', '{"a":1}', '\ufeffmark', 'x'.repeat(1024)],
];

/** A registration gives a session that can be found. */
export function registeringPart(open: OpenStore): void {
  part('registering', open, (stage) => {
    it('gives the session back by its token and by its id just as it was', async () => {
      const on = stage();
      const order = await on.order({
        username: 'ann',
        subject: 'cn=ann,dc=x',
        provider: { type: 'ldap', name: 'corp' },
        providerSession: '_5e2f 7',
        accessGroups: ['administrator', 'read'],
        adminIds: [0, 7],
        attributes: { team: 'storage', ключ: 'значение', empty: '' },
        client: { ip: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11)' },
        app: 'mail',
        idleTimeoutMs: 5 * minute,
        expiresAt: on.now + hour,
        providerConfigVersion: 3,
      });
      same(registered(await on.store.register(order)), order.session);
      same((await on.store.lookup(order.tokenHash)).session, order.session);
      same(await on.store.find(order.session.id, on.now), order.session);
    });

    it('keeps a session of which little is known: no app, no client, no rights, no limits', async () => {
      const on = stage();
      const order = await on.order({ idleTimeoutMs: null, expiresAt: null });
      await on.store.register(order);
      same((await on.store.lookup(order.tokenHash)).session, order.session);
      same((await on.list())[0], order.session);
    });

    it('keeps addresses of both families', async () => {
      const on = stage();
      for (const ip of ['0.0.0.0', '255.255.255.255', '::1', '2001:db8::1', 'fe80::1']) {
        const { id } = await on.signIn({ client: { ip } });
        assert.deepEqual((await on.present(id)).client, { ip });
      }
    });

    it('keeps names of all letters apart and gives them back as they were', async () => {
      const on = stage();
      const made = await on.signInMany(hardNames.length, (index) => ({
        username: hardNames[index] as string,
      }));
      for (const [index, username] of hardNames.entries()) {
        const expected = made[index]?.id;
        assert.deepEqual(await on.ids(on.query({ username })), [expected], JSON.stringify(username));
        assert.equal((await on.present(expected as string)).username, username);
      }
    });

    it('keeps every other text as it was, whatever its letters', async () => {
      const on = stage();
      for (const text of hardNames) {
        const changes: Partial<NewSession> = {
          realm: `${on.realm} ${text}`,
          subject: text,
          provider: { type: text, name: text },
          providerSession: text,
          accessGroups: [text],
          attributes: { [text]: text },
          client: { userAgent: text },
          app: text,
        };
        const order = await on.order(changes);
        await on.store.register(order);
        same((await on.store.lookup(order.tokenHash)).session, order.session);
        same(await on.store.find(order.session.id, on.now), order.session);
      }
    });

    it('keeps a text with U+0000 whole or refuses it, and never cuts it short', async () => {
      const on = stage();
      const { id } = await on.signIn({ username: 'nul' });
      const order = await on.order({ username: 'nul\u0000x' });
      const outcome = await on.store.register(order).catch((error: unknown) => error);
      if (outcome instanceof CurfewError) assert.equal(outcome.code, 'invalid_input');
      else same((await on.store.lookup(order.tokenHash)).session, order.session);
      const listed = await on.ids(on.query({ username: 'nul\u0000y' })).catch((error: unknown) => error);
      if (listed instanceof CurfewError) assert.equal(listed.code, 'invalid_input');
      else assert.deepEqual(listed, []);
      const cut = await on.cut({ username: 'nul\u0000z' }).catch((error: unknown) => error);
      if (cut instanceof CurfewError) assert.equal(cut.code, 'invalid_input');
      assert.equal((await on.present(id)).ended, undefined);
    });

    it('numbers sessions upwards', async () => {
      const on = stage();
      const first = await on.signIn();
      const second = await on.signIn();
      assert.ok(second.number > first.number);
    });

    it('is seen by whoever asks after it was acknowledged', async () => {
      const on = stage();
      for (let round = 0; round < 50; round++) {
        const order = await on.order();
        assert.equal((await on.store.lookup(order.tokenHash)).session, undefined);
        await on.store.register(order);
        assert.equal((await on.store.lookup(order.tokenHash)).session?.id, order.session.id);
        assert.equal(await on.store.count(on.query()), round + 1);
      }
    });

    it('64 at once gives 64 sessions, each with its own token', async () => {
      const on = stage();
      const orders = await Promise.all(Array.from({ length: 64 }, () => on.order()));
      const made = await Promise.all(orders.map((order) => on.store.register(order)));
      assert.equal(new Set(made.map((outcome) => registered(outcome).number)).size, 64);
      for (const order of orders) {
        assert.equal((await on.store.lookup(order.tokenHash)).session?.id, order.session.id);
      }
    });

    it('a token or an id that nobody has finds nothing', async () => {
      const on = stage();
      await on.signIn();
      assert.equal((await on.store.lookup(hashSecret(newSessionToken()))).session, undefined);
      assert.equal(await on.store.find(randomUUID(), on.now), undefined);
    });

    it('tells apart two tokens whose hashes begin alike', async () => {
      const on = stage();
      const hash = createHash('sha256').update(randomUUID()).digest();
      const twin = Buffer.from(hash);
      twin[31] = (twin[31] as number) ^ 1;
      const mine = await on.signIn({}, { tokenHash: hash });
      assert.equal((await on.store.lookup(twin)).session, undefined);
      const other = await on.signIn({}, { tokenHash: twin });
      assert.equal((await on.store.lookup(hash)).session?.id, mine.id);
      assert.equal((await on.store.lookup(twin)).session?.id, other.id);
    });
  });

  part('a sign-in that a cut overtakes', open, (stage) => {
    it('is refused, and leaves no session (P3)', async () => {
      const on = stage();
      const order = await on.order({ username: 'ann' });
      const { revocation } = await on.cut({ username: 'ann' });
      assert.deepEqual(await on.store.register(order), { kind: 'revoked', revocation: revocation.seq });
      assert.equal((await on.store.lookup(order.tokenHash)).session, undefined);
      assert.equal(await on.store.find(order.session.id, on.now), undefined);
      assert.deepEqual(await on.list(on.query(undefined, { state: 'any' })), []);
    });

    it('is refused however many other cuts were made since', async () => {
      const on = stage();
      const order = await on.order({ username: 'ann' });
      const { revocation } = await on.cut({ username: 'ann' });
      for (let other = 0; other < 30; other++) await on.cut({ username: `other ${other}` });
      assert.deepEqual(await on.store.register(order), { kind: 'revoked', revocation: revocation.seq });
    });

    it('is made if it began after the cut (P4)', async () => {
      const on = stage();
      await on.cut({ username: 'ann' });
      await on.cut({ all: true });
      const order = await on.order({ username: 'ann' });
      await on.store.register(order);
      assert.equal(await on.passes(order.tokenHash), true);
      assert.equal((await on.present(order.session.id)).ended, undefined);
      assert.equal(await on.store.count(on.query()), 1);
    });

    it('is made if the cut names others (P4)', async () => {
      const on = stage();
      const order = await on.order({ username: 'ann', client: { ip: '192.0.2.7' }, app: 'mail' });
      await on.cut({ username: 'bob' });
      await on.cut({ ip: '198.51.100.0/24' });
      await on.cut({ app: 'web' });
      await on.cut({ provider: { name: 'main' }, providerSession: 'sid-1' });
      await on.cut({ all: true, except: [order.session.id] });
      await on.elsewhere().cut({ all: true });
      registered(await on.store.register(order));
      assert.equal(await on.passes(order.tokenHash), true);
    });

    it('is refused by each kind of condition', async () => {
      const on = stage();
      const order = await on.order({
        subject: 'cn=ann',
        provider: { type: 'ldap', name: 'corp' },
        providerSession: 'sid-1',
        accessGroups: ['read', 'volumes'],
        adminIds: [7],
        client: { ip: '192.0.2.7' },
        app: 'mail',
        providerConfigVersion: 3,
      });
      const later = new Date(on.now + hour).toISOString();
      const selectors = [
        { all: true as const },
        { sessionIds: [order.session.id] },
        { subject: 'cn=ann' },
        { provider: { type: 'ldap' } },
        { provider: { name: 'corp' } },
        { provider: { name: 'corp' }, providerSession: 'sid-1' },
        { adminId: 7 },
        { accessGroup: 'volumes' },
        { app: 'mail' },
        { ip: '192.0.2.0/24' },
        { createdTo: later },
        { lastAccessTo: later },
        { providerConfigVersionBelow: 4 },
      ];
      for (const selector of selectors) {
        const { seq } = await on.store.head();
        const { revocation } = await on.cut(selector);
        const again = { ...order, session: { ...order.session, epoch: seq } };
        assert.deepEqual(await on.store.register(again), { kind: 'revoked', revocation: revocation.seq });
      }
    });

    it('is refused by a large cut that is not swept yet, and by one that is', async () => {
      const on = stage();
      await on.signInMany(1050);
      const order = await on.order();
      const { revocation } = await on.cut();
      assert.deepEqual(await on.store.register(order), { kind: 'revoked', revocation: revocation.seq });
      await on.sweepAll();
      assert.deepEqual(await on.store.register(order), { kind: 'revoked', revocation: revocation.seq });
    });

    it('cannot slip between cuts that are made at the same time', async () => {
      const on = stage();
      const orders = await Promise.all(
        Array.from({ length: 40 }, (_, user) => on.order({ username: `user ${user}` })),
      );
      const attempts = orders.flatMap((order) => [
        on.store.register(order),
        on.cut({ username: order.session.username }),
      ]);
      await Promise.all(attempts);
      for (const order of orders) assert.equal(await on.passes(order.tokenHash), false);
      assert.deepEqual(await on.list(), []);
    });
  });
}
