import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import type { ConfiguredProvider } from '../../src/sign-in/provider-settings.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type AccessNode, openNode, type SharedData, sharedData } from '../support/nodes-on-one-store.ts';
import { anAdministrator, aPassword, orderOf } from '../support/opened-access.ts';
import { postgresStores } from '../support/postgres-store.ts';
import { anOrigin } from '../support/sessions.ts';

const postgres = postgresStores();
const clock = new ManualClock();
const order = orderOf(anAdministrator());
const rounds = 8;
const metadata =
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.org"/>';

/** What came of the same order at several nodes at the same instant: those that were carried out, and why the others were not. */
async function atOnce<T>(orders: readonly Promise<T>[]): Promise<{ done: T[]; refused: string[] }> {
  const outcomes = await Promise.allSettled(orders);
  return {
    done: outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    refused: outcomes.flatMap((one) =>
      one.status === 'rejected'
        ? [one.reason instanceof CurfewError ? one.reason.code : String(one.reason)]
        : [],
    ),
  };
}

const addBasic = ({ signIn }: AccessNode, name: string) =>
  signIn.providers.create({ type: 'basic', realm: 'default', name, settings: {}, secrets: {} }, order);

const configuredBasic = (name: string): ConfiguredProvider => ({
  ...{ type: 'basic', realm: 'default', title: undefined, enabled: true },
  ...{ name, settings: {}, secrets: {} },
});

const addIdentityProvider = ({ signIn, access, certificates }: AccessNode, name: string) =>
  signIn.providers.naming('default', name, (claim) =>
    access.identityProviders.create({ realm: 'default', name, metadata }, order, certificates, claim),
  );

for (const { engine, skip, make } of sharedData(postgres)) {
  describe(`several nodes on ${engine}, ordered to give one name at the same instant`, { skip }, () => {
    async function nodes(t: TestContext, count = 3): Promise<{ all: AccessNode[]; data: SharedData }> {
      const data = await make(t);
      const all: AccessNode[] = [];
      for (let n = 0; n < count; n++) all.push(await openNode(t, await data.open(), clock));
      await all[0]?.access.firstStart({ password: aPassword });
      return { all, data };
    }

    /** The names of the providers of all kinds, as the store holds them. */
    async function namesIn([{ store }]: readonly [AccessNode]): Promise<string[]> {
      const records = await store.records('provider');
      return records.map(({ body }) => (body as { name: string }).name).sort();
    }

    it('give it to one provider', async (t) => {
      const { all } = await nodes(t);
      for (let round = 0; round < rounds; round++) {
        const { done, refused } = await atOnce(all.map((node) => addBasic(node, `name-${round}`)));
        assert.deepEqual([done.length, refused], [1, ['conflict', 'conflict']]);
      }
      const names = await namesIn(all as [AccessNode]);
      assert.deepEqual(
        names,
        Array.from({ length: rounds }, (_, round) => `name-${round}`),
      );
    });

    it('give it to a provider or to an identity provider, and rename none to it', async (t) => {
      const { all } = await nodes(t);
      const [one, other, third] = all as [AccessNode, AccessNode, AccessNode];
      for (let round = 0; round < 3; round++) {
        const name = `name-${round}`;
        const { id } = await addIdentityProvider(third, `former-${round}`);
        const rename = third.signIn.providers.naming('default', name, (claim) =>
          third.access.identityProviders.update(id, { name }, order, third.certificates, claim),
        );
        const { done, refused } = await atOnce<unknown>([
          addBasic(one, name),
          addIdentityProvider(other, name),
          rename,
        ]);
        assert.deepEqual([done.length, refused], [1, ['conflict', 'conflict']]);
        assert.equal((await namesIn(all as [AccessNode])).filter((found) => found === name).length, 1);
      }
    });

    it('carry all out where the names differ', async (t) => {
      const { all } = await nodes(t);
      for (let round = 0; round < rounds; round++) {
        const orders = all.map((node, at) => addBasic(node, `name-${round}-${at}`));
        assert.deepEqual((await atOnce(orders)).refused, []);
      }
      assert.equal((await namesIn(all as [AccessNode])).length, 3 * rounds);
    });

    it('put one identity provider into use', async (t) => {
      const { all } = await nodes(t);
      const made: Awaited<ReturnType<typeof addIdentityProvider>>[] = [];
      for (const [at, node] of all.entries()) made.push(await addIdentityProvider(node, `idp-${at}`));
      const [first] = all as [AccessNode];
      for (let round = 0; round < rounds; round++) {
        await atOnce(all.map((node, at) => node.access.identityProviders.enable(made[at]?.id ?? '', order)));
        const records = await first.store.records('provider');
        const enabled = records.filter(({ body }) => (body as { enabled: boolean }).enabled);
        assert.equal(enabled.length, 1);
        await first.access.identityProviders.disable('default', order);
      }
    });

    it('bring the providers of one configuration into the store once', async (t) => {
      const { data } = await nodes(t, 1);
      const named = ['corp', 'shop', 'lab'];
      const configured = named.map(configuredBasic);
      const stores = [await data.open(), await data.open(), await data.open()];
      const started = await Promise.all(stores.map((store) => openNode(t, store, clock, configured)));
      assert.deepEqual(await namesIn(started as unknown as [AccessNode]), [...named].sort());
      for (const { signIn } of started) {
        assert.deepEqual(
          signIn.providers.enabledIn('default').map(({ provider }) => provider.name),
          named,
        );
      }
    });

    it('start together also where the configuration has many providers that are new, changed or gone', async (t) => {
      const { data } = await nodes(t, 1);
      const stores = [await data.open(), await data.open(), await data.open()];
      const titles = [undefined, 'Another title'];
      for (const title of titles) {
        const first = title === undefined ? 0 : 30;
        const named = Array.from({ length: 60 }, (_, n) => `name-${first + n}`);
        const configured = named.map((name) => ({ ...configuredBasic(name), title }));
        const started = await Promise.all(stores.map((store) => openNode(t, store, clock, configured)));
        assert.deepEqual(await namesIn(started as unknown as [AccessNode]), [...named].sort());
      }
    });

    it('give it to one administrator, and to one user of each realm, however its letters are typed', async (t) => {
      const { all } = await nodes(t);
      for (let round = 0; round < rounds; round++) {
        const administrators = await atOnce(
          all.map(({ access }) =>
            access.administrators.create(
              { username: `admin ${round}`, accessGroups: ['read'], realm: null, password: aPassword },
              order,
            ),
          ),
        );
        assert.deepEqual([administrators.done.length, administrators.refused], [1, ['conflict', 'conflict']]);
        const spellings = [`Zo\u00eb ${round}`, `Zoe\u0308 ${round}`, `Zo\u00eb ${round}`];
        const users = await atOnce(
          all.map(({ access }, at) =>
            access.users.create(
              {
                realm: 'default',
                username: spellings[at] ?? '',
                password: aPassword,
                mustChangePassword: false,
              },
              anOrigin,
            ),
          ),
        );
        assert.deepEqual([users.done.length, users.refused], [1, ['conflict', 'conflict']]);
      }
    });
  });
}
