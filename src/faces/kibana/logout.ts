import { call } from '../../operations/call.ts';
import { logOut } from '../../operations/logout.ts';
import { clearCookie } from './cookies.ts';
import type { Route } from './routes.ts';

/** `GET /api/security/logout`: ends the session of the cookie and leads to the login page. */
export const logout: Route = {
  method: 'GET',
  path: '/api/security/logout',
  authentication: 'optional',
  async run({ caller, parts, request, from }) {
    if (caller?.session !== undefined) {
      const { services } = parts;
      await call(logOut, {}, { caller: caller.caller, face: 'kibana', from, services });
    }
    return {
      status: 302,
      headers: { location: '/login?msg=LOGGED_OUT', 'set-cookie': clearCookie(request, parts.cookieName) },
    };
  },
};
