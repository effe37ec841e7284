import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { ClientMetadata } from 'oidc-provider';
import { startForkedPart } from './forked-part.ts';
import type { OidcServerOptions } from './oidc-provider-server.ts';
import { freePort } from './ports.ts';

/** The client that tests register Curfew as. */
export const aClient = { client_id: 'curfew', client_secret: 'a secret of the tests, long enough' } as const;

/** The users whom the issuer of the tests knows. */
export const oidcUsers: OidcServerOptions['users'] = {
  ana: {
    preferred_username: 'ana.ruiz',
    email: 'ana@example.org',
    email_verified: true,
    groups: ['ops', 'staff'],
    realm_access: { roles: ['deploy', 'audit'] },
  },
  ben: { preferred_username: 'ben', email: 'ben@example.org', email_verified: false, groups: 'staff' },
  nameless: { email: 'someone@example.org' },
};

/** A running issuer of OpenID Connect: oidc-provider in a process of its own. */
export interface OidcProcess {
  readonly issuer: string;
  readonly port: number;
  readonly pid: number;
  readonly keys: readonly JWK[];
  /** Gives users other claims. */
  change(users: OidcServerOptions['users']): Promise<void>;
  stop(): Promise<void>;
}

/** A private key that an issuer may sign with. */
export async function signingJwk(kid: string, alg = 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

/** Starts an issuer that knows Curfew at these callback URLs. */
export async function startOidcProvider(
  t: Pick<TestContext, 'after'>,
  {
    client = {},
    port,
    keys,
  }: { client?: Partial<ClientMetadata>; port?: number; keys?: readonly JWK[] } = {},
): Promise<OidcProcess> {
  const at = port ?? (await freePort());
  const signing = keys ?? [await signingJwk('first')];
  const options: OidcServerOptions = {
    port: at,
    keys: signing,
    users: oidcUsers,
    clients: [
      {
        ...aClient,
        redirect_uris: [],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        ...client,
      },
    ],
  };
  const part = await startForkedPart<{ issuer: string }>(t, 'oidc-provider-server', options);
  return {
    issuer: part.ready.issuer,
    port: at,
    pid: part.pid,
    keys: signing,
    change: async (users) => {
      await part.ask({ ...options, users });
    },
    stop: () => part.stop(),
  };
}
