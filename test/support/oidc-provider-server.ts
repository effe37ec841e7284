import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JWK } from 'jose';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { answerTest } from './forked-part.ts';

/** What an issuer of the tests is told. */
export interface OidcServerOptions {
  readonly port: number;
  readonly clients: readonly ClientMetadata[];
  /** Private keys that it signs with; the first is the one. */
  readonly keys: readonly JWK[];
  /** The claims of each user. */
  readonly users: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

// The test tells this process everything as the first message; later ones say which users have changed.
let users: OidcServerOptions['users'] = {};

answerTest(async (message: OidcServerOptions, count) => {
  users = message.users;
  if (count > 0) return {};
  await serve(message);
  return { issuer: `http://127.0.0.1:${message.port}` };
});

async function serve({ port, clients, keys }: OidcServerOptions): Promise<void> {
  const claims = [...new Set(Object.values(users).flatMap((user) => Object.keys(user)))];
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [...clients],
    jwks: { keys: [...keys] },
    cookies: { keys: ['only for tests'] },
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time', ...claims.filter((name) => name !== 'private')],
      private: ['private'],
      sid: null,
    },
    acrValues: ['silver', 'gold'],
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'private'],
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = page(
            form.replace(
              '</form>',
              '<input type="hidden" name="logout" value="yes"><button>Sign out</button></form>',
            ),
          );
        },
      },
    },
    // The provider refuses to send anything to this machine, where everything of a test is.
    fetch: (url, options) => globalThis.fetch(url, withoutDispatcher(options)),
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: async () => ({ sub: accountId, ...users[accountId] }),
    }),
  });
  provider.on('server_error', (_ctx, error) => console.error(error));
  const callback = provider.callback();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/')) {
      interact(provider, request, response).catch((error: unknown) => {
        console.error(error);
        response.writeHead(500).end();
      });
    } else callback(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

function withoutDispatcher(options: (RequestInit & { dispatcher?: unknown }) | undefined): RequestInit {
  const { dispatcher: _refusing, ...rest } = options ?? {};
  return rest;
}

/** Asks for a name and believes it; grants whatever is asked for. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  const { prompt, params, session } = details;
  if (prompt.name === 'consent') {
    const grant =
      details.grantId === undefined
        ? new provider.Grant({
            accountId: session?.accountId as string,
            clientId: params.client_id as string,
          })
        : await provider.Grant.find(details.grantId);
    grant?.addOIDCScope(String(params.scope));
    const grantId = await grant?.save();
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId } },
      { mergeWithLastSubmission: true },
    );
    return;
  }
  if (request.method !== 'POST') {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        page(
          `<form method="post"><label>Name <input name="username" autofocus></label><button>Sign in</button></form>`,
        ),
      );
    return;
  }
  const form = new URLSearchParams(await bodyOf(request));
  const accountId = form.get('username') ?? '';
  if (users[accountId] === undefined) {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
    return;
  }
  const acr = String(params.acr_values ?? 'silver').split(' ')[0] as string;
  await provider.interactionFinished(request, response, { login: { accountId, acr, amr: ['pwd', 'otp'] } });
}

function page(body: string): string {
  return `<!doctype html><html lang="en"><head><title>Test issuer</title></head><body><h1>Test issuer</h1>${body}</body></html>`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
