import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { AdministratorCaller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import { call } from '../../operations/call.ts';
import { logOut } from '../../operations/logout.ts';
import type { StoredSession } from '../../session/store.ts';
import type { PublicPlace } from '../../sign-in/public-place.ts';
import type { FaceParts } from '../face.ts';
import { readJson } from '../http/json-body.ts';
import type { ReadToken } from '../http/presented-token.ts';
import type { AttemptLimit } from '../sign-in/attempt-limit.ts';
import { elsewhere } from '../sign-in/elsewhere.ts';
import { type Answer, json } from './answer.ts';

/** What the face works with. `realm` is the one of the sign-in, for administrators of all realms. */
export interface ConsoleParts extends FaceParts {
  readonly place: PublicPlace;
  readonly readToken: ReadToken;
  readonly readConsoleToken: ReadToken;
  readonly limit: AttemptLimit;
}

const longestBody = 16 * 1024;
const longestUserAgent = 1024;

const passwordSchema = z.strictObject({
  username: z.string().min(1).max(1024),
  password: z.string().min(1).max(4096),
});

/** `GET /console/session`: whom the browser can go on as, and by what else somebody can sign in. */
export async function standing(request: IncomingMessage, parts: ConsoleParts): Promise<unknown> {
  const { services, readToken, readConsoleToken, realm } = parts;
  const [own, other] = await Promise.all([
    liveSession(request, readConsoleToken, parts),
    liveSession(request, readToken, parts),
  ]);
  return {
    ...(own === undefined ? {} : { signedInAs: person(own) }),
    ...(other === undefined ? {} : { continueAs: person(other) }),
    // Titles of what stands on the page of the sign-in beside a name and password.
    providers: services.signIn.providers
      .enabledIn(realm)
      .filter(({ provider }) => provider.type !== 'basic')
      .map(({ provider }) => provider.title),
  };
}

/**
 * `POST /console/session`: an administrator signs in by name and password. The session is bound to the administrator's
 * record, so what it may do is what the record holds at each call.
 */
export async function signIn(request: IncomingMessage, parts: ConsoleParts): Promise<Answer> {
  const { services, limit, addressOf, log, place } = parts;
  const ip = addressOf(request);
  await limit.count(ip);
  const { username, password } = await readPassword(request);
  // Before the password is looked at: a cut that is made meanwhile ends what comes of this too.
  const epoch = (await services.registry.head()).seq;
  let administrator: AdministratorCaller;
  try {
    administrator = await services.access.authenticateBasic(username, password, { ip });
  } catch (error) {
    const reason = error instanceof CurfewError ? error.code : 'internal';
    log.info({ face: 'console', from: ip, reason }, 'a sign-in was refused');
    throw error;
  }
  const former = await liveSession(request, parts.readConsoleToken, parts);
  const register = () => registerFor(administrator, { request, epoch }, parts);
  const { session, token } = await register().catch(async (error: unknown) => {
    const isFull = error instanceof CurfewError && error.code === 'session_limit_reached';
    if (!isFull || former === undefined || former.username !== username) throw error;
    // Their own session in this browser, which is to be replaced, must not count against their limit.
    await endSession(request, former, parts);
    return register();
  });
  if (former !== undefined) await endSession(request, former, parts);
  return json(person(session), { 'set-cookie': holding(token, place) });
}

/** `POST /console/session/adopt`: goes on with the session that the browser has from the page of the sign-in. */
export async function adopt(request: IncomingMessage, parts: ConsoleParts): Promise<Answer> {
  const session = await liveSession(request, parts.readToken, parts);
  const token = parts.readToken(request.rawHeaders);
  if (session === undefined || token === undefined) {
    throw new CurfewError('unauthenticated', 'This browser is not signed in, or no longer. Sign in again.');
  }
  const former = await liveSession(request, parts.readConsoleToken, parts);
  if (former !== undefined && former.id !== session.id) await endSession(request, former, parts);
  return json(person(session), { 'set-cookie': holding(token, parts.place) });
}

/**
 * `DELETE /console/session`: signs out, in the store and not in this browser alone. Answers with what that leaves open: the
 * user's session at the provider that they came by, and where it can be ended too.
 */
export async function leave(request: IncomingMessage, parts: ConsoleParts): Promise<Answer> {
  const session = await liveSession(request, parts.readConsoleToken, parts);
  if (session !== undefined) await endSession(request, session, parts);
  const stillOpen = session && (await elsewhere(session, parts));
  return json(stillOpen === undefined ? {} : { stillOpen }, {
    'set-cookie': `${parts.place.consoleCookie}=; Max-Age=0; ${attributes(parts.place)}`,
  });
}

async function registerFor(
  { adminId, username, accessGroups, realm: own }: AdministratorCaller,
  { request, epoch }: { request: IncomingMessage; epoch: number },
  { services, realm, addressOf }: ConsoleParts,
): Promise<{ session: StoredSession; token: string }> {
  const place = own ?? realm;
  const ip = addressOf(request);
  const userAgent = request.headers['user-agent']?.slice(0, longestUserAgent);
  // The same user as on the page of the sign-in, so that both are seen, and ended, as one.
  const basic = services.signIn.providers
    .enabledIn(place)
    .find(({ provider }) => provider.type === 'basic')?.provider;
  return services.registry.register({
    realm: place,
    username,
    subject: username,
    provider: { type: 'basic', name: basic?.name ?? 'basic' },
    providerConfigVersion: basic?.configVersion,
    adminIds: [adminId],
    accessGroups,
    app: 'console',
    client: {
      ...(ip === undefined ? {} : { ip }),
      ...(userAgent === undefined ? {} : { userAgent }),
    },
    epoch,
  });
}

/** The live session of a cookie; looking is no use of it. */
async function liveSession(
  request: IncomingMessage,
  read: ReadToken,
  { services, addressOf }: ConsoleParts,
): Promise<StoredSession | undefined> {
  // A program may send a bearer token along; here the cookies of a browser count alone.
  if (request.headers.authorization !== undefined) return undefined;
  const token = read(request.rawHeaders);
  if (token === undefined) return undefined;
  const verdict = await services.registry.check(token, { ip: addressOf(request), touch: false });
  return verdict.live ? verdict.session : undefined;
}

/** Ends a session because its user leaves; one that has ended meanwhile is just as well. */
async function endSession(
  request: IncomingMessage,
  session: StoredSession,
  parts: ConsoleParts,
): Promise<void> {
  const { services, addressOf } = parts;
  const caller = services.access.callerOfSession(session);
  try {
    await call(logOut, {}, { caller, face: 'console', from: addressOf(request), services });
  } catch (error) {
    if (!(error instanceof CurfewError && error.code === 'session_ended')) throw error;
  }
}

function person({ username, realm, provider }: StoredSession) {
  return { username, realm, provider: provider.name };
}

/** @throws CurfewError `invalid_input`, `too_large`, which repeat nothing of what was sent */
async function readPassword(request: IncomingMessage): Promise<z.output<typeof passwordSchema>> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    // The rest is read and dropped, so that the client gets to read the answer.
    if (length <= longestBody) parts.push(part);
  }
  if (length > longestBody) throw new CurfewError('too_large', 'The body is larger than this path takes.');
  const sent =
    type === 'application/json' ? passwordSchema.safeParse(readJson(Buffer.concat(parts))) : undefined;
  if (sent?.success === true) return sent.data;
  throw new CurfewError('invalid_input', 'Send username and password as application/json.');
}

/** The cookie is sent to this host alone, by its own pages alone, and no script can read it. It ends with the browser. */
function holding(token: string, place: PublicPlace): string {
  return `${place.consoleCookie}=${token}; ${attributes(place)}`;
}

function attributes({ isSecure }: PublicPlace): string {
  return `${isSecure ? 'Secure; ' : ''}HttpOnly; SameSite=Strict; Path=/`;
}
