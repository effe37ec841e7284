import { call } from '../../operations/call.ts';
import { logOut } from '../../operations/logout.ts';
import { registerSession } from '../../operations/sessions-register.ts';
import { type Answer, Refusal } from './answer.ts';
import { sessionCookies, setCookie } from './cookies.ts';
import type { Route, RouteCall } from './routes.ts';
import { object, optional, type Reader, text } from './schema.ts';

const password: Reader<string> = text;

const readLogin = object({
  providerType: text,
  providerName: text,
  currentURL: text,
  params: optional(object({ username: text, password })),
});

/** The one provider of local passwords; its name is what Kibana calls it when nothing is configured. */
const basic = { type: 'basic', name: 'basic' } as const;

/** `POST /internal/security/login`: signs in with a local password and sets the session cookie. */
export const login: Route = {
  method: 'POST',
  path: '/internal/security/login',
  authentication: 'none',
  async run(arrived: RouteCall): Promise<Answer> {
    const { parts, request, payload, from } = arrived;
    const { services, realm, cookieName } = parts;
    const { providerType, providerName, currentURL, params } = readLogin(payload, 'body');
    if (providerType !== basic.type || providerName !== basic.name || params === undefined) {
      throw new Refusal(401, 'Unauthorized');
    }
    // The epoch is taken before the password is looked at, so that a cut made meanwhile also ends this sign-in.
    await services.registry.catchUp();
    const epoch = services.registry.ledger.head;
    const { username } = params;
    const administrator = await services.access.authenticateBasic(username, params.password, {
      ip: from,
      realm,
    });
    const userAgent = request.headers['user-agent']?.slice(0, 1024);
    const { token } = await call(
      registerSession,
      {
        realm,
        username,
        provider: basic,
        adminIds: [administrator.adminId],
        accessGroups: administrator.accessGroups,
        client: {
          ...(from === undefined ? {} : { ip: from }),
          ...(userAgent === undefined ? {} : { userAgent }),
        },
        app: 'kibana',
        epoch,
      },
      { caller: { kind: 'system', name: 'sign-in' }, face: 'kibana', from, services },
    );
    await endFormer(arrived);
    return {
      status: 200,
      headers: { 'set-cookie': setCookie(request, cookieName, token) },
      body: { location: nextOf(currentURL) },
    };
  },
};

/** A sign-in over a session takes its place. */
async function endFormer({ parts, request, from }: RouteCall): Promise<void> {
  const { services, cookieName, realm } = parts;
  for (const former of sessionCookies(request, cookieName)) {
    const verdict = await services.registry.check(former, { realm, touch: false });
    if (!verdict.live) continue;
    const caller = services.access.callerOfSession(verdict.session);
    await call(logOut, {}, { caller, face: 'kibana', from, services });
  }
}

/** Where to go after the sign-in: the parameter `next` of the page, if it stays on this host. */
export function nextOf(currentUrl: string): string {
  const base = 'http://here.invalid';
  const next = URL.canParse(currentUrl, base) ? new URL(currentUrl, base).searchParams.get('next') : null;
  if (next === null || !next.startsWith('/') || /^\/[\\/]/.test(next) || /[\p{Cc}\\]/u.test(next)) return '/';
  const target = new URL(next, base);
  return target.origin === base ? `${target.pathname}${target.search}${target.hash}` : '/';
}
