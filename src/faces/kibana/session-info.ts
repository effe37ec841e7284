import type { Route } from './routes.ts';

/** Kibana warns this long before the end, and offers to extend while there is as much left of the lifespan. */
const warningMs = 5 * 60_000;

/** `GET /internal/security/session`: how long the caller's session lasts; empty for a caller without one. */
export const sessionInfo: Route = {
  method: 'GET',
  path: '/internal/security/session',
  authentication: 'required',
  async run({ caller, parts }) {
    const session = caller?.session;
    if (session === undefined) return { status: 204 };
    const now = parts.services.clock.now();
    const lastAccessAt = parts.services.registry.touches.lastAccessAt(session);
    const idleMs = session.idleTimeoutMs === null ? null : lastAccessAt + session.idleTimeoutMs - now;
    const lifespanMs = session.expiresAt === null ? null : session.expiresAt - now;
    const { type, name } = session.provider;
    return { status: 200, body: { ...remaining(idleMs, lifespanMs), provider: { type, name } } };
  },
};

/** What a session with these times left says of itself; null = without that limit. */
export function remaining(
  idleMs: number | null,
  lifespanMs: number | null,
): { expiresInMs: number | null; canBeExtended: boolean } {
  const limits = [idleMs, lifespanMs].filter((limit) => limit !== null);
  const expiresInMs = limits.length === 0 ? null : Math.min(...limits);
  const canBeExtended =
    idleMs !== null && expiresInMs !== null && (lifespanMs === null || expiresInMs + warningMs < lifespanMs);
  return { expiresInMs, canBeExtended };
}

/** `POST /internal/security/session`: the request itself extends the session; the redirect fetches how long it lasts then. */
export const extendSession: Route = {
  method: 'POST',
  path: '/internal/security/session',
  authentication: 'required',
  run: async () => ({ status: 302, headers: { location: '/internal/security/session' } }),
};
