import { createServer, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { freePort } from './ports.ts';

/** What a forging issuer answers; a test changes it at will. */
export interface Forgeries {
  /** Over the proper metadata. */
  metadata: Record<string, unknown>;
  keys: JWK[];
  /** What the token endpoint gives for the code of the query. */
  tokens: (form: URLSearchParams) => Promise<Record<string, unknown>> | Record<string, unknown>;
  userinfo: Record<string, unknown>;
  /** The paths that were asked, in order. */
  readonly asked: string[];
}

/** An issuer of OpenID Connect that says whatever a test wants: the party that an attacker has taken over. */
export interface ForgingIssuer extends Forgeries {
  readonly issuer: string;
  readonly key: CryptoKey;
  readonly jwk: JWK;
  /** A token that is right in everything, with changes; undefined leaves a claim out. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header?: Record<string, string>,
    key?: CryptoKey | Uint8Array,
  ): Promise<string>;
}

/** Starts one that signs ID tokens for `curfew` until a test has it do otherwise. */
export async function startForgingIssuer(t: Pick<TestContext, 'after'>): Promise<ForgingIssuer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'right', alg: 'RS256', use: 'sig' };
  const forging: ForgingIssuer = {
    issuer,
    key: privateKey,
    jwk,
    metadata: {},
    keys: [jwk],
    tokens: () => ({}),
    userinfo: {},
    asked: [],
    sign: (claims, header = {}, key = privateKey) => {
      const now = Math.floor(Date.now() / 1000);
      const whole = { iss: issuer, aud: 'curfew', iat: now, exp: now + 300, ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(whole)) as JWTPayload)
        .setProtectedHeader({ alg: 'RS256', kid: 'right', ...header })
        .sign(key);
    },
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    forging.asked.push(pathname);
    answer(forging, pathname, request).then(
      (body) =>
        response
          .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify(body ?? {})),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return forging;
}

async function answer(forging: ForgingIssuer, path: string, request: IncomingMessage): Promise<unknown> {
  const { issuer } = forging;
  switch (path) {
    case '/.well-known/openid-configuration':
      return {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
        ...forging.metadata,
      };
    case '/keys':
      return { keys: forging.keys };
    case '/token':
      return forging.tokens(new URLSearchParams(await bodyOf(request)));
    case '/userinfo':
      return forging.userinfo;
    default:
      return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
