import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerTest } from './forked-part.ts';
import {
  escaped,
  idpMetadataXml,
  type KeyPair,
  responseParts,
  responseXml,
  transient,
} from './saml-messages.ts';
import { samlify } from './samlify.ts';

/** What an identity provider of the tests is told. */
export interface SamlServerOptions {
  readonly port: number;
  readonly keys: KeyPair;
  /** Certificates that its metadata names beside the one it signs with. */
  readonly otherCertificates?: readonly string[];
  /** The metadata of Curfew, once it is known. */
  readonly serviceProvider?: string;
  readonly encrypts?: boolean;
  readonly signsResponse?: boolean;
  /** NameIDs are others each time. */
  readonly isTransient?: boolean;
  readonly sessionMs?: number;
  /** The attributes of each user; the NameID is the name. */
  readonly users: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Whom it has signed in, by session. */
interface IdpSession {
  readonly nameId: string;
  readonly format: string;
}

const { IdentityProvider, ServiceProvider, setSchemaValidator } = samlify;
setSchemaValidator({ validate: async () => 'not checked in tests' });

let options: SamlServerOptions;
const sessions = new Map<string, IdpSession>();
const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

answerTest(async (message: SamlServerOptions, count) => {
  options = message;
  if (count === 0) await serve(message.port);
  return { base: base(), entityId: entityId(), metadata: metadata() };
});

const base = (): string => `http://127.0.0.1:${options.port}`;
const entityId = (): string => `${base()}/metadata`;
const metadata = (): string =>
  idpMetadataXml(entityId(), base(), [options.keys.certificate, ...(options.otherCertificates ?? [])]);

function parties() {
  const idp = IdentityProvider({
    metadata: metadata(),
    privateKey: options.keys.key,
    isAssertionEncrypted: options.encrypts === true,
    dataEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
  });
  const sp = ServiceProvider({
    metadata: options.serviceProvider ?? '',
    ...(options.signsResponse === true ? { wantMessageSigned: true } : {}),
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
  });
  return { idp, sp };
}

function serve(port: number): Promise<void> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
    });
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', base());
  switch (url.pathname) {
    case '/metadata':
      response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' }).end(metadata());
      return;
    case '/sso':
      return signOn(url, request, response);
    case '/slo':
      return logOut(url, response);
    case '/start-logout':
      return startLogout(url, response);
    default:
      response.writeHead(404).end();
  }
}

async function signOn(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { idp, sp } = parties();
  const query = Object.fromEntries(url.searchParams);
  const read = await idp.parseLoginRequest(sp, 'redirect', { query, octetString: octetsOf(url) });
  if (request.method !== 'POST') {
    page(
      response,
      '<form method="post"><label>Name <input name="username" autofocus></label><button>Sign in</button></form>',
    );
    return;
  }
  const username = new URLSearchParams(await bodyOf(request)).get('username') ?? '';
  const id = String(read.extract.request?.id);
  const recipient = String(sp.entityMeta.getAssertionConsumerService('post'));
  const user = options.users[username];
  const format = options.isTransient === true ? transient : persistent;
  const nameId = options.isTransient === true ? `_${randomUUID()}` : username;
  const sessionIndex = `_${randomUUID()}`;
  if (user !== undefined) sessions.set(sessionIndex, { nameId, format });
  const parts = responseParts({
    issuer: entityId(),
    audience: String(sp.entityMeta.getEntityID()),
    recipient,
    inResponseTo: id,
    nameId,
    nameIdFormat: format,
    sessionIndex,
    attributes: user ?? {},
    ...(options.sessionMs === undefined ? {} : { sessionNotOnOrAfter: Date.now() + options.sessionMs }),
    ...(user === undefined ? { status: 'urn:oasis:names:tc:SAML:2.0:status:AuthnFailed' } : {}),
  });
  const made = await idp.createLoginResponse(
    sp,
    { extract: read.extract },
    'post',
    {},
    {
      customTagReplacement: () => ({ id: parts.responseId, context: responseXml(parts) }),
    },
  );
  send(response, recipient, { SAMLResponse: made.context, RelayState: url.searchParams.get('RelayState') });
}

/** A request for logout from Curfew, or its answer to ours. */
async function logOut(url: URL, response: ServerResponse): Promise<void> {
  const { idp, sp } = parties();
  const query = Object.fromEntries(url.searchParams);
  const octetString = octetsOf(url);
  if (query.SAMLRequest === undefined) {
    const { extract } = await idp.parseLogoutResponse(sp, 'redirect', { query, octetString });
    page(
      response,
      `<p id="done">signed out everywhere: ${escaped(String(extract.response?.inResponseTo))}</p>`,
    );
    return;
  }
  const read = await idp.parseLogoutRequest(sp, 'redirect', { query, octetString });
  const sessionIndex = String(read.extract.sessionIndex ?? '');
  const known = sessions.get(sessionIndex);
  if (known?.nameId !== read.extract.nameID) throw new Error('a logout of a session that is not known');
  sessions.delete(sessionIndex);
  const made = idp.createLogoutResponse(sp, read, 'redirect', { relayState: query.RelayState ?? '' });
  response.writeHead(302, { location: made.context }).end();
}

/** Sends a request for logout of a user's session to Curfew; the answer comes to `/slo`. */
function startLogout(url: URL, response: ServerResponse): void {
  const { idp, sp } = parties();
  const sessionIndex = url.searchParams.get('session') ?? '';
  const session = sessions.get(sessionIndex);
  const binding = url.searchParams.get('binding') ?? 'redirect';
  const user = { logoutNameID: session?.nameId ?? '', sessionIndex };
  const made = idp.createLogoutRequest(sp, binding, user, {
    ...(binding === 'redirect' ? { relayState: 'r1' } : {}),
  });
  if (binding === 'redirect') response.writeHead(302, { location: made.context }).end();
  else
    send(response, String(sp.entityMeta.getSingleLogoutService('post')), {
      SAMLRequest: made.context,
      RelayState: 'r1',
    });
}

/** What the signature of the redirect binding covers, as samlify wants it. */
function octetsOf({ searchParams }: URL): string {
  return ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg']
    .flatMap((name) => {
      const value = searchParams.get(name);
      return value === null ? [] : [`${name}=${encodeURIComponent(value)}`];
    })
    .join('&');
}

/** A page that posts a form at once; without scripts there is a button. */
function send(response: ServerResponse, action: string, fields: Record<string, string | null>): void {
  const inputs = Object.entries(fields).map(([name, value]) =>
    value === null ? '' : `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  );
  page(
    response,
    `<form method="post" action="${escaped(action)}">${inputs.join('')}<button>Go on</button></form><script>document.forms[0].submit()</script>`,
  );
}

function page(response: ServerResponse, body: string): void {
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(`<!doctype html><html lang="en"><head><title>Test IdP</title></head><body>${body}</body></html>`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
