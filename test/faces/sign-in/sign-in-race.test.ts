import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { startForgingIssuer } from '../../support/forging-issuer.ts';
import type { TestServer } from '../../support/http-server.ts';
import {
  addProvider,
  flags,
  presentClock,
  type ServerWith,
  sessionsOf,
  startWithOidc,
  startWithSaml,
} from './real-identity-providers.ts';
import { Browser, isLive, startSignInServer } from './sign-in-server.ts';

/** Cuts that name the user `ana` of the provider `corp`, each by another field. */
const cuts = (type: string, username: string, subject: string): Record<string, object> => ({
  username: { username },
  subject: { subject },
  'type of the provider': { provider: { type } },
  'name of the provider': { provider: { name: 'corp' } },
  'access group': { accessGroup: 'staff' },
  realm: { all: true, realm: 'default' },
});

async function cut(server: TestServer, selector: object): Promise<void> {
  const { status, body } = await server.asAdmin('POST /v1/revocations', { selector, reason: 'a drill' });
  assert.equal(status, 201, JSON.stringify(body));
}

/** Signs in with a cut at one step; gives the status of the last page and whether there is a session. */
async function signInWithCut(
  { server, start, authenticate }: Pick<ServerWith<unknown>, 'server' | 'start' | 'authenticate'>,
  username: string,
  step: 'at the identity provider' | 'on the way back',
  selector: object,
): Promise<{ status: number; browser: Browser }> {
  const browser = new Browser(server);
  const page = await start(browser);
  if (step === 'at the identity provider') await cut(server, selector);
  const answer = await authenticate(browser, page, username);
  if (step === 'on the way back') await cut(server, selector);
  const { status } = await answer.bring(browser);
  return { status, browser };
}

interface Flow {
  readonly name: string;
  readonly type: string;
  readonly user: string;
  readonly username: string;
  readonly open: (t: TestContext) => Promise<ServerWith<unknown>>;
}

const flows: readonly Flow[] = [
  { name: 'OpenID Connect', type: 'oidc', user: 'ana', username: 'ana.ruiz', open: (t) => startWithOidc(t) },
  {
    name: 'SAML',
    type: 'saml',
    user: 'ana@example.org',
    username: 'ana.ruiz',
    open: (t) => startWithSaml(t, { usernameAttribute: 'uid' }),
  },
];

describe('a termination while somebody signs in (P3, P4)', () => {
  for (const { name, type, user, username, open } of flows) {
    for (const step of ['at the identity provider', 'on the way back'] as const) {
      it(`by ${name}, ${step}: no session comes of it, whatever the cut names the user by`, async (t) => {
        const world = await open(t);
        for (const [what, selector] of Object.entries(cuts(type, username, user))) {
          const { status, browser } = await signInWithCut(world, user, step, selector);
          assert.equal(status, 409, what);
          assert.equal(browser.token, undefined, what);
        }
        assert.deepEqual(await sessionsOf(world.server, 'state=live'), []);
        const anew = new Browser(world.server);
        await world.signIn(anew, user);
        assert.equal(await isLive(world.server, anew.token), true, 'who begins after the cut is let in');
      });

      it(`by ${name}, ${step}: a cut of others leaves the sign-in alone`, async (t) => {
        const world = await open(t);
        const others = [{ username: 'ben' }, { provider: { type: 'ldap' } }, { realm: 'lab', all: true }];
        for (const selector of others) {
          const { status, browser } = await signInWithCut(world, user, step, selector);
          assert.equal(status, 200);
          assert.equal(await isLive(world.server, browser.token), true);
        }
      });
    }
  }

  it('by OpenID Connect, while the code is exchanged: no session comes of it', async (t) => {
    const server = await startSignInServer(t, flags, presentClock());
    const issuer = await startForgingIssuer(t);
    await addProvider(server, {
      type: 'oidc',
      settings: { issuer: issuer.issuer, clientId: 'curfew' },
      secrets: { clientSecret: 'known to the issuer' },
    });
    const signIn = async (meanwhile: () => Promise<void>) => {
      const browser = new Browser(server);
      const begun = await browser.request(`${server.url}/sign-in/default/corp/start`);
      const asked = new URL(begun.headers.get('location') ?? '').searchParams;
      issuer.tokens = async () => {
        await meanwhile();
        const claims = { sub: 'ana', preferred_username: 'ana.ruiz', nonce: asked.get('nonce') };
        return { access_token: 'a', token_type: 'bearer', id_token: await issuer.sign(claims) };
      };
      const answer = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '', iss: issuer.issuer });
      const { status } = await browser.visit(`${server.url}/sign-in/default/corp/callback?${answer}`);
      return { status, browser };
    };
    for (const selector of [{ username: 'ana.ruiz' }, { subject: 'ana' }, { provider: { name: 'corp' } }]) {
      const { status, browser } = await signIn(() => cut(server, selector));
      assert.equal(status, 409);
      assert.equal(browser.token, undefined);
    }
    const spared = await signIn(() => cut(server, { username: 'ben' }));
    assert.equal(spared.status, 200);
    assert.equal(await isLive(server, spared.browser.token), true);
  });

  it('by OpenID Connect, with a logout of the issuer on the way back: no session comes of it', async (t) => {
    const { server, start, authenticate, idp } = await startWithOidc(t);
    const browser = new Browser(server);
    const answer = await authenticate(browser, await start(browser), 'ana');
    await browser.submit(await browser.visit(`${idp.issuer}/session/end`));
    const { status } = await answer.bring(browser);
    assert.ok(status === 409 || status === 403, String(status));
    assert.equal(browser.token, undefined);
  });
});
