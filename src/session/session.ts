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
  /** The provider's own key of its session, such as `sid` of OpenID Connect or SessionIndex of SAML; at most 512 bytes. */
  readonly providerSession?: string | undefined;
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

type Limits = Pick<Session, 'idleTimeoutMs' | 'expiresAt' | 'lastAccessAt'>;

/**
 * The instant at which a session ends by itself if it is not used again, or null if it has no limit. `lastAccessAt`
 * takes the place of the session's own where a later access is known.
 */
export function deadlineOf(session: Limits, lastAccessAt: number = session.lastAccessAt): number | null {
  const { idleTimeoutMs, expiresAt } = session;
  if (idleTimeoutMs === null) return expiresAt;
  const idleAt = lastAccessAt + idleTimeoutMs;
  return expiresAt === null || idleAt < expiresAt ? idleAt : expiresAt;
}

/**
 * How a session's limits have ended it by `now`, or undefined if they have not. Of both limits the earlier one counts;
 * at the same instant it is the absolute one.
 */
export function limitPassed(
  session: Limits,
  now: number,
  lastAccessAt: number = session.lastAccessAt,
): Ending | undefined {
  const at = deadlineOf(session, lastAccessAt);
  if (at === null || at > now) return undefined;
  return { at, reason: at === session.expiresAt ? 'expired' : 'idle' };
}

/** How long a touch may stay in memory before it is written: a twentieth of the idle limit, at least one second. */
export function touchIntervalMs(idleTimeoutMs: number | null): number {
  return Math.max(1000, (idleTimeoutMs ?? 30 * 60_000) / 20);
}
