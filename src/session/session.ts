/** Who authenticated the user. `type` is `basic`, `ldap`, `saml`, `oidc` or any other word; `name` tells instances apart. */
export interface Provider {
  readonly type: string;
  readonly name: string;
}

/** Why a session is no longer live. */
export const endReasons = ['revoked', 'logged_out', 'idle', 'expired', 'displaced'] as const;
export type EndReason = (typeof endReasons)[number];

/** The client at the other end, as the application or the sign-in saw it. */
export interface Client {
  readonly ip?: string;
  readonly userAgent?: string;
}

/** How a session ended. */
export interface Ending {
  /** Epoch milliseconds: of the revocation, the logout, or the limit that passed. */
  readonly at: number;
  readonly reason: EndReason;
  /** The number of the revocation, when `reason` is `revoked`. */
  readonly revocation?: number;
}

/** One authenticated presence of one user, from one provider, in one realm. Instants are epoch milliseconds. */
export interface Session {
  readonly id: string;
  readonly realm: string;
  readonly username: string;
  /** The provider's own id of the user; see DESIGN's words. */
  readonly subject: string;
  readonly provider: Provider;
  readonly accessGroups: readonly string[];
  readonly adminIds: readonly number[];
  /** Free facts of the application; texts only, never a secret. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly client: Client;
  readonly app?: string | undefined;
  readonly createdAt: number;
  readonly lastAccessAt: number;
  /** Fixed when the session is made; null = no idle limit. */
  readonly idleTimeoutMs: number | null;
  /** The absolute end, fixed when the session is made; null = none. */
  readonly expiresAt: number | null;
  /** The ledger's head when the user's authentication began. */
  readonly epoch: number;
  /** Version of the provider's configuration that authenticated the user; 0 when the provider has none. */
  readonly providerConfigVersion: number;
  readonly ended?: Ending | undefined;
}

/** The instant at which a session ends by itself if it is not used again, or null if it has no limit. */
export function deadlineOf(
  session: Pick<Session, 'lastAccessAt' | 'idleTimeoutMs' | 'expiresAt'>,
): number | null {
  const idleAt = session.idleTimeoutMs === null ? null : session.lastAccessAt + session.idleTimeoutMs;
  if (idleAt === null) return session.expiresAt;
  return session.expiresAt === null ? idleAt : Math.min(idleAt, session.expiresAt);
}

/** How a session's limits have ended it by `now`, or undefined if they have not. Of both limits the earlier one counts. */
export function limitPassed(
  session: Pick<Session, 'lastAccessAt' | 'idleTimeoutMs' | 'expiresAt'>,
  now: number,
): Ending | undefined {
  const { expiresAt, idleTimeoutMs, lastAccessAt } = session;
  if (expiresAt !== null && expiresAt <= now) {
    const idleAt = idleTimeoutMs === null ? Number.POSITIVE_INFINITY : lastAccessAt + idleTimeoutMs;
    return idleAt < expiresAt ? { at: idleAt, reason: 'idle' } : { at: expiresAt, reason: 'expired' };
  }
  if (idleTimeoutMs !== null && lastAccessAt + idleTimeoutMs <= now) {
    return { at: lastAccessAt + idleTimeoutMs, reason: 'idle' };
  }
  return undefined;
}

/** How long a touch may stay in memory before it is written: a twentieth of the idle limit, at least one second. */
export function touchIntervalMs(idleTimeoutMs: number | null): number {
  return Math.max(1000, (idleTimeoutMs ?? 30 * 60_000) / 20);
}
