import { importJWK, SignJWT } from 'jose';
import type { SigningKeys } from '../../access/signing-keys.ts';
import type { Clock } from '../../core/clock.ts';
import type { Eventually, StoredSession } from '../../session/store.ts';
import { authenticatedAt } from './authentication-age.ts';
import { personOf } from './identity-headers.ts';

export interface AssertionOptions {
  readonly signingKeys: Pick<SigningKeys, 'signer'>;
  readonly clock: Clock;
  readonly lifetimeMs: number;
  /** The `iss` of every assertion. */
  readonly issuer: string;
}

interface Made {
  readonly token: string;
  /** The reading of the row that was last found to have these facts. */
  session: StoredSession;
  /** Of whom it speaks; a session whose facts have changed needs another. */
  readonly facts: string;
  /** Epoch milliseconds until which it is handed out: at least half of its life is left then. */
  readonly until: number;
}

/** So many are kept; beyond it the oldest goes. One takes about a kilobyte. */
const keptAssertions = 10_000;

/**
 * Signs who is asking, for one host: a JWT (RFC 7519) by which an application knows that Curfew has let this request
 * through, however it came to it. One is handed out for half of its short life to the same session on the same host, so
 * that signing costs nothing on most requests. Nothing is handed out that was not asked for by a check that passed.
 */
export class Assertions {
  readonly #options: AssertionOptions;
  readonly #made = new Map<string, Made>();
  #key: { readonly id: string; readonly key: Awaited<ReturnType<typeof importJWK>> } | undefined;

  constructor(options: AssertionOptions) {
    this.#options = options;
  }

  /**
   * The assertion for a live session on a host.
   * @param deadline when the session ends by itself; no assertion is believed for longer
   * @throws CurfewError `store_unavailable` when there is no key and none can be made
   */
  of(session: StoredSession, host: string, deadline: number | null): Eventually<string> {
    const { clock } = this.#options;
    const name = `${session.id} ${host}`;
    const made = this.#made.get(name);
    if (made === undefined || clock.now() >= made.until) return this.#make(session, host, deadline, name);
    // A row that was read anew is another object, and only then its facts may be others.
    if (made.session !== session && made.facts !== factsOf(session))
      return this.#make(session, host, deadline, name);
    made.session = session;
    return made.token;
  }

  async #make(session: StoredSession, host: string, deadline: number | null, name: string): Promise<string> {
    const { clock, lifetimeMs, issuer, signingKeys } = this.#options;
    const signer = await signingKeys.signer();
    if (this.#key?.id !== signer.id) {
      this.#key = { id: signer.id, key: await importJWK(signer.privateJwk, signer.algorithm) };
    }
    const { id: kid, key } = this.#key;
    const now = clock.now();
    const end = Math.min(now + lifetimeMs, deadline ?? Number.POSITIVE_INFINITY);
    const { username, accessGroups, provider, realm } = session;
    const { name: fullName, email } = personOf(session);
    const token = await new SignJWT({
      preferred_username: username,
      groups: [...accessGroups],
      realm,
      provider: `${provider.type}/${provider.name}`,
      sid: session.id,
      auth_time: Math.floor(authenticatedAt(session) / 1000),
      ...(fullName === '' ? {} : { name: fullName }),
      ...(email === '' ? {} : { email }),
    })
      .setProtectedHeader({ alg: signer.algorithm, kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(host)
      .setSubject(session.subject)
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.floor(end / 1000))
      .sign(key);
    this.#keep(name, { token, session, facts: factsOf(session), until: now + (end - now) / 2 });
    return token;
  }

  #keep(name: string, made: Made): void {
    this.#made.delete(name);
    this.#made.set(name, made);
    if (this.#made.size <= keptAssertions) return;
    const [oldest] = this.#made.keys();
    if (oldest !== undefined) this.#made.delete(oldest);
  }
}

function factsOf(session: StoredSession): string {
  const { name, email } = personOf(session);
  return [session.username, name, email, ...session.accessGroups].join('\n');
}
