import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'ldapts';
import { people, populate, searcher, searching } from '../test/sign-in/ldap/ldap-set-up.ts';
import { aClient, startOidcProvider } from '../test/support/oidc-provider-process.ts';
import { startSamlIdp } from '../test/support/saml-idp-process.ts';
import { newKeyPair } from '../test/support/saml-messages.ts';
import { startSlapd } from '../test/support/slapd.ts';
import { type Visited, WebAgent } from '../test/support/web-agent.ts';
import { askAsAdmin } from './curfew-on-copy.ts';
import { type StartedServer, startServer } from './started-process.ts';

/** One way to sign in at Curfew, and what it is held against. */
export interface Way {
  /** Goes the whole way of a browser that was never here. @throws Error when no session came of it */
  signIn(worker: number): Promise<void>;
  /** The same without Curfew: the least that such a sign-in takes. */
  bare(worker: number): Promise<void>;
  readonly bareName: string;
  readonly note: string;
}

/** Where the things of a way are ended. */
export interface Ends {
  after(end: () => unknown): void;
}

/** What a browser says of a form that a page of the same site sends. */
const ownSite = { headers: { 'sec-fetch-site': 'same-origin' } };
const placeOf = ({ port }: StartedServer): string => `http://127.0.0.1:${port}`;

/** By Curfew's own users, against verifications of a password and nothing else. */
export async function byPassword(
  curfew: StartedServer,
  ends: Ends,
  together: number,
): Promise<Way & { readonly hashing: StartedServer }> {
  const password = 'kept to oneself for this measurement';
  for (let n = 0; n < together; n++) {
    const user = { username: `user-${n}`, password, mustChangePassword: false };
    await askAsAdmin(curfew, 'POST', '/v1/users', user);
  }
  const hashing = await startServer('argon2', { password });
  ends.after(() => hashing.stop());
  return {
    hashing,
    signIn: (worker) => enter(curfew, { provider: 'basic', username: `user-${worker}`, password }),
    bare: async () => {
      const { status } = await fetch(placeOf(hashing));
      if (status !== 204) throw new Error(`the bare verification answered ${status}`);
    },
    bareName: 'argon2id behind node:http',
    note: '19 MiB and 2 passes for each password; the page and the form of Curfew are two requests',
  };
}

/** By a directory, against binds and nothing else. */
export async function byDirectory(curfew: StartedServer, ends: Ends, together: number): Promise<Way> {
  const slapd = await startSlapd(ends);
  const names = Array.from({ length: together }, (_, n) => `person-${n}`);
  await populate(slapd, ...names);
  await addProvider(curfew, 'directory', {
    type: 'ldap',
    settings: searching(slapd),
    secrets: { bindPassword: searcher.password },
  });
  const clients = names.map(() => new Client({ url: slapd.url }));
  for (const client of clients) await client.startTLS({ ca: slapd.authority.pem });
  ends.after(() => Promise.all(clients.map((client) => client.unbind())));
  return {
    signIn: (worker) => {
      const username = names[worker] as string;
      return enter(curfew, { provider: 'directory', username, password: `password of ${username}` });
    },
    bare: async (worker) => {
      const username = names[worker] as string;
      await clients[worker]?.bind(`uid=${username},${people}`, `password of ${username}`);
    },
    bareName: 'binds alone, over TLS',
    note: 'both keep their connections open; Curfew searches for the user and the groups as well, and serves a page and a form; slapd shares its core with the load',
  };
}

/** By OpenID Connect, against the same pages of the issuer with a client that believes every token. */
export async function byOidc(curfew: StartedServer, ends: Ends): Promise<Way> {
  const callback = `${placeOf(curfew)}/sign-in/default/issuer/callback`;
  const { issuer } = await startOidcProvider(ends, { client: { redirect_uris: [callback] } });
  await addProvider(curfew, 'issuer', {
    type: 'oidc',
    settings: { issuer, clientId: aClient.client_id },
    secrets: { clientSecret: aClient.client_secret },
  });
  const credentials = [aClient.client_id, aClient.client_secret].map(encodeURIComponent).join(':');
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return {
    async signIn() {
      const agent = new WebAgent();
      const page = await agent.visit(`${placeOf(curfew)}/sign-in/default/issuer/start`);
      const back = await agent.submit(page, { username: 'ana' }, { until: callback });
      await arrive(agent, curfew, agent.visit(back.url, { until: `${placeOf(curfew)}/me` }));
    },
    async bare() {
      const agent = new WebAgent();
      const verifier = randomBytes(32).toString('base64url');
      const query = new URLSearchParams({
        client_id: aClient.client_id,
        redirect_uri: callback,
        response_type: 'code',
        scope: 'openid',
        nonce: randomBytes(16).toString('base64url'),
        state: randomBytes(16).toString('base64url'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      const page = await agent.visit(`${issuer}/auth?${query}`);
      const back = await agent.submit(page, { username: 'ana' }, { until: callback });
      const { status } = await agent.request(`${issuer}/token`, {
        headers: { authorization },
        form: {
          grant_type: 'authorization_code',
          code: back.url.searchParams.get('code') ?? '',
          redirect_uri: callback,
          code_verifier: verifier,
        },
      });
      if (status !== 200) throw new Error(`the issuer answered ${status} in place of tokens`);
    },
    bareName: 'the issuer by itself',
    note: 'oidc-provider in a process of its own, which shares its core with the load and sets the pace',
  };
}

/** By SAML, against the same pages of the identity provider, whose answer nobody reads. */
export async function bySaml(curfew: StartedServer, ends: Ends): Promise<Way> {
  const idp = await startSamlIdp(ends);
  const { key, certificate } = await newKeyPair('Curfew');
  await addProvider(curfew, 'idp', {
    type: 'saml',
    settings: { metadataUrl: idp.metadataUrl, certificate },
    secrets: { privateKey: key },
  });
  const metadata = await fetch(`${placeOf(curfew)}/sign-in/default/idp/metadata`);
  await idp.tell({ serviceProvider: await metadata.text() });
  const start = `${placeOf(curfew)}/sign-in/default/idp/start`;
  // One request serves the bare way every time: this identity provider does not look for those it has had.
  const { url: asked } = await new WebAgent().visit(start);
  const answered = async (agent: WebAgent, url: string | URL): Promise<Visited> => {
    const posting = await agent.submit(await agent.visit(url), { username: 'ana@example.org' });
    if (!posting.text.includes('SAMLResponse')) throw new Error(`no answer of SAML at ${posting.url}`);
    return posting;
  };
  return {
    async signIn() {
      const agent = new WebAgent();
      const posting = await answered(agent, start);
      await arrive(agent, curfew, agent.submit(posting, {}, { until: `${placeOf(curfew)}/me` }));
    },
    async bare() {
      await answered(new WebAgent(), asked);
    },
    bareName: 'the identity provider by itself',
    note: 'samlify in a process of its own, which shares its core with the load and sets the pace; Curfew signs its request and verifies the signed assertion',
  };
}

/** Fills in the form of name and password. */
async function enter(curfew: StartedServer, fields: Record<string, string>): Promise<void> {
  const agent = new WebAgent();
  const page = await agent.visit(`${placeOf(curfew)}/sign-in`);
  await arrive(agent, curfew, agent.submit(page, fields, { ...ownSite, until: `${placeOf(curfew)}/me` }));
}

/** @throws Error when the browser holds no token at the end of its way */
async function arrive(agent: WebAgent, curfew: StartedServer, last: Promise<Visited>): Promise<void> {
  const { status, url, text } = await last;
  const token = agent.cookies.get(new URL(placeOf(curfew)).host)?.get('curfew_session');
  if (url.pathname === '/me' && token?.startsWith('cfs_')) return;
  throw new Error(`a sign-in ended at ${url} with ${status}: ${text.slice(0, 300)}`);
}

async function addProvider(curfew: StartedServer, name: string, provider: object): Promise<void> {
  await askAsAdmin(curfew, 'POST', '/v1/providers', { realm: 'default', name, ...provider });
}
