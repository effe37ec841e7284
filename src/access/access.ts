import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { Sealer } from '../core/sealing.ts';
import { isKeySecret, isSessionToken } from '../core/tokens.ts';
import type { Registry } from '../session/registry.ts';
import type { Origin } from '../session/revocation.ts';
import type { RecordStore, Store, StoredSession } from '../session/store.ts';
import { Administrators, type KeptAdministrator } from './administrators.ts';
import type { AdministratorCaller, Caller } from './caller.ts';
import { administratorSource, Credentials } from './credentials.ts';
import { IdentityProviders } from './identity-providers.ts';
import { ApplicationKeys } from './keys.ts';
import { addressKey, LockOut } from './lock-out.ts';
import { newPassword, prepareDecoy, verifyPassword } from './passwords.ts';
import { demandBinding, rightsOf } from './session-rights.ts';
import { SigningKeys } from './signing-keys.ts';
import { Users } from './users.ts';
import { VerifiedPasswords } from './verified.ts';

/** What access asks of the sessions. */
type AccessRegistry = Pick<Registry, 'check' | 'catchUp' | 'whenRecordsChange'>;

export interface AccessOptions {
  readonly store: RecordStore & Pick<Store, 'attempts'>;
  readonly clock: Clock;
  readonly registry: AccessRegistry;
  /** Seals the private keys that must be kept. */
  readonly sealer: Sealer;
}

/** Where credentials came from. */
export interface Presented {
  /** The address of whoever presented them. */
  readonly ip?: string | undefined;
  /** The realm of the face; an administrator, key or session bound to another is not known there. */
  readonly realm?: string | undefined;
  /** False where nobody asked, such as for a page that keeps itself up to date: then a session is not kept alive by it. */
  readonly touch?: boolean;
}

/** Verifications at once beyond which new ones are refused: each takes 19 MiB and some 20 ms of a core. */
const mostVerifications = 64;

/** Who may call: administrators by password, applications by key, users by the token of their session. */
export class Access {
  readonly administrators: Administrators;
  readonly keys: ApplicationKeys;
  readonly signingKeys: SigningKeys;
  readonly identityProviders: IdentityProviders;
  readonly users: Users;
  /** Counts failed sign-ins of administrators and users alike, so that an address cannot change between them. */
  readonly lockOut: LockOut;
  readonly credentials = new Credentials();
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #registry: AccessRegistry;
  readonly #verified: VerifiedPasswords;
  readonly #verifying = new Map<string, Promise<KeptAdministrator>>();
  #comparing = 0;

  private constructor({ store, clock, registry, sealer }: AccessOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#registry = registry;
    this.administrators = new Administrators(store, clock);
    this.keys = new ApplicationKeys(store, clock);
    this.signingKeys = new SigningKeys(store, clock, sealer);
    this.identityProviders = new IdentityProviders(store, clock);
    this.users = new Users(store, clock);
    this.credentials.add(administratorSource((id) => this.#recordOf(id)));
    this.lockOut = new LockOut({ store: store.attempts, clock, sealer });
    this.#verified = new VerifiedPasswords(clock);
  }

  /** Reads administrators and keys, after which every caller can be told. */
  static async open(options: AccessOptions): Promise<Access> {
    const access = new Access(options);
    options.registry.whenRecordsChange(() => access.reload());
    await Promise.all([access.reload(), prepareDecoy()]);
    return access;
  }

  /** Reads administrators and keys anew, since other nodes may have changed them. */
  async reload(): Promise<void> {
    await Promise.all([
      this.administrators.load(),
      this.keys.load(),
      this.signingKeys.load(),
      this.identityProviders.load(),
    ]);
  }

  /**
   * The administrator of a name and password. A result is remembered for a minute, so that Basic on every call stays
   * fast; a change of the administrator ends that at once. Failures are counted, see `LockOut`.
   * @throws CurfewError `unauthenticated` with the same answer for a wrong name and a wrong password, `locked_out` with
   * `retryAfterSeconds`, `rate_limited` when too many passwords are being verified
   */
  async authenticateBasic(
    username: string,
    password: string,
    presented: Presented = {},
  ): Promise<AdministratorCaller> {
    const { ip, realm } = presented;
    const name = this.#verified.nameOf(username, password, addressKey(ip));
    let kept = this.#remembered(name, username);
    if (kept !== undefined) {
      // The administrator may have been changed elsewhere, and others may have guessed.
      await Promise.all([this.#registry.catchUp(), this.lockOut.demandOpen(username, ip)]);
      kept = this.#remembered(name, username);
    }
    const { administrator } = kept ?? (await this.#verifyOnce(name, username, password, ip));
    if (realm !== undefined && administrator.realm !== null && administrator.realm !== realm) throw refused();
    const { id, accessGroups } = administrator;
    return { kind: 'administrator', adminId: id, username, accessGroups, realm: administrator.realm };
  }

  /**
   * The caller of a bearer token: an application by its key, or a session's user, who is an administrator if the session
   * is bound to one (see `rightsOf`). A session's token counts as a use of the session.
   * @throws CurfewError `unauthenticated`, with the fact `reason` when it was a session's token; `store_unavailable`
   */
  async authenticateBearer(token: string, presented: Presented = {}): Promise<Caller> {
    const { ip, realm, touch = true } = presented;
    await this.#registry.catchUp();
    if (isKeySecret(token)) {
      const key = this.keys.find(token);
      const isKnown = key !== undefined && (realm === undefined || realm === key.realm);
      if (!isKnown) throw unknownToken('This key is not known here, was revoked or has expired.');
      return { kind: 'key', keyId: key.id, name: key.name, realm: key.realm, scopes: key.scopes };
    }
    if (!isSessionToken(token)) throw unknownToken('The bearer token is neither a session token nor a key.');
    const verdict = await this.#registry.check(token, { ip, realm, touch });
    if (!verdict.live) {
      throw new CurfewError('unauthenticated', 'This session is not live; sign in again.', {
        facts: { reason: verdict.reason },
      });
    }
    return this.callerOfSession(verdict.session);
  }

  /** The caller that a live session makes: an administrator if the session is bound to one, else its own user. */
  callerOfSession(session: StoredSession): Caller {
    return rightsOf(session, this.#recordOf) ?? { kind: 'session', session };
  }

  /**
   * Whether a caller may bind a session to these administrators. To be asked by every operation that takes `adminIds`
   * from outside. @throws CurfewError `forbidden`, `not_found`
   */
  demandBinding(caller: Caller, adminIds: readonly number[]): void {
    demandBinding(caller, adminIds, this.#recordOf);
  }

  /**
   * Makes the administrator `admin`, with all rights in all realms, when there is no administrator at all.
   * @returns the random password if none was given and one was made; to be shown once
   * @throws CurfewError `invalid_input` when the password given is too short or too long
   */
  async firstStart({ password }: { password?: string | undefined } = {}): Promise<string | undefined> {
    if (this.administrators.size > 0) return undefined;
    const chosen = password ?? newPassword();
    try {
      await this.administrators.create(
        { username: 'admin', accessGroups: ['administrator'], realm: null, password: chosen },
        { caller: { kind: 'system', name: 'first start' }, origin: system('first start') },
      );
    } catch (error) {
      const isTaken =
        error instanceof CurfewError && (error.code === 'changed_meanwhile' || error.code === 'conflict');
      if (!isTaken) throw error;
      // Another server of the same store has started at the same time, and was first.
      await this.reload();
      if (this.administrators.size > 0) return undefined;
      throw error;
    }
    return password === undefined ? chosen : undefined;
  }

  readonly #recordOf = (id: number) => this.administrators.byId(id)?.administrator;

  #remembered(name: string, username: string): KeptAdministrator | undefined {
    const known = this.administrators.byName(username);
    if (known === undefined) return undefined;
    return this.#verified.has(name, known.administrator.id, known.version) ? known : undefined;
  }

  /** Joins equal attempts of one address that are under way, so that a page of parallel calls costs one verification. */
  async #verifyOnce(
    name: string,
    username: string,
    password: string,
    ip: string | undefined,
  ): Promise<KeptAdministrator> {
    const place = `${name} ${ip ?? ''}`;
    const running = this.#verifying.get(place);
    if (running !== undefined) {
      await running;
      // It may have looked at the administrator before this call began, who may have been changed elsewhere in between.
      await this.#registry.catchUp();
      return this.#remembered(name, username) ?? this.#verifyOnce(name, username, password, ip);
    }
    const verification = this.#verify(name, username, password, ip).finally(() =>
      this.#verifying.delete(place),
    );
    this.#verifying.set(place, verification);
    return verification;
  }

  async #verify(
    name: string,
    username: string,
    password: string,
    ip: string | undefined,
  ): Promise<KeptAdministrator> {
    const attempt = await this.lockOut.begin(username, ip);
    let known: KeptAdministrator | undefined;
    let matches: boolean;
    try {
      await this.#registry.catchUp();
      known = this.administrators.byName(username);
      matches = await this.#compare(password, known?.passwordHash);
    } catch (error) {
      attempt.withdrawn();
      throw error;
    }
    // While argon2id was at work the administrator may have been removed or given another password.
    const still = this.administrators.byName(username);
    if (matches && still !== undefined && still.passwordHash === known?.passwordHash) {
      await attempt.succeeded();
      this.#verified.add(name, still.administrator.id, still.version);
      return still;
    }
    for (const lock of await attempt.failed()) {
      const administrator = known?.administrator;
      await this.#store.changeRecords({
        ...system('lock-out', ip),
        writes: [],
        event: 'administrator.locked_out',
        // The name of an unknown account is left out: people type passwords into that field.
        detail: {
          adminId: administrator?.id ?? null,
          username: administrator?.username ?? null,
          realm: administrator?.realm ?? null,
          scope: lock.scope,
          failures: lock.failures,
          until: lock.until,
        },
        now: this.#clock.now(),
      });
    }
    throw refused();
  }

  async #compare(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (this.#comparing >= mostVerifications) {
      throw new CurfewError('rate_limited', 'Too many passwords are being verified; try again in a second.', {
        retryAfterSeconds: 1,
      });
    }
    this.#comparing++;
    try {
      return await verifyPassword(password, passwordHash);
    } finally {
      this.#comparing--;
    }
  }
}

function system(name: string, from?: string): Origin {
  return {
    by: { kind: 'system', id: name, name },
    face: 'system',
    ...(from === undefined ? {} : { from }),
  };
}

function refused(): CurfewError {
  return new CurfewError('unauthenticated', 'The username or the password is not right.');
}

function unknownToken(message: string): CurfewError {
  return new CurfewError('unauthenticated', message);
}
