import { createHash } from 'node:crypto';
import type { Access } from '../../access/access.ts';
import { verifyPassword } from '../../access/passwords.ts';
import type { KeptUser } from '../../access/user.ts';
import { usernameForm } from '../../access/username.ts';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Sealer } from '../../core/sealing.ts';
import type { Lock } from '../../session/attempts.ts';
import type { RecordStore } from '../../session/store.ts';
import { type LockedOut, noteLocks, signInOrigin } from '../lock-notes.ts';
import type { Challenge, ChallengeAnswer, PasswordAttempt, SignedInUser } from '../provider.ts';
import { usedCode } from './used-code.ts';

export interface LocalUsersParts {
  readonly access: Pick<Access, 'users' | 'administrators' | 'authenticateBasic' | 'lockOut'>;
  readonly store: Pick<RecordStore, 'changeRecords'>;
  readonly clock: Clock;
  /** Opens the secrets of second factors. */
  readonly sealer: Sealer;
}

type Outcome = SignedInUser | Challenge | undefined;

/** Verifications at once beyond which new ones are refused: each takes 19 MiB and some 20 ms of a core. */
const mostVerifications = 64;
/** How often a code is looked at anew because the user was changed meanwhile. */
const mostReadings = 4;

/**
 * The people whose passwords Curfew itself keeps: its users, and its administrators, who sign in by the same page. Where
 * both bear one name, it is the administrator's.
 */
export class LocalUsers {
  readonly #parts: LocalUsersParts;
  #verifying = 0;

  constructor(parts: LocalUsersParts) {
    this.#parts = parts;
  }

  /** See `PasswordProvider`. */
  async verify(realm: string, { username, password, ip }: PasswordAttempt): Promise<Outcome> {
    const { access } = this.#parts;
    const name = usernameForm(username);
    const account = accountOf(realm, name);
    const [kept] = await Promise.all([
      // Read also for an administrator, so that no name is answered sooner than another.
      access.users.find(realm, name),
      access.lockOut.demandOpen(account, ip),
    ]);
    const administrator = access.administrators.byName(name)?.administrator;
    if (administrator !== undefined && (administrator.realm ?? realm) === realm) {
      return this.#verifyAdministrator(realm, { username: name, password, ip });
    }
    const attempt = await access.lockOut.begin(account, ip);
    let still: KeptUser | undefined;
    try {
      const matches = await this.#compare(password, kept?.passwordHash);
      // While argon2id was at work the user may have been disabled, removed or given another password. It is read for a wrong
      // one too, so that neither is told later than the other.
      const found = await access.users.find(realm, name);
      still = matches ? found : undefined;
    } catch (error) {
      attempt.withdrawn();
      throw error;
    }
    if (still === undefined || !still.user.enabled || still.passwordHash !== kept?.passwordHash) {
      await this.#noteLocks(await attempt.failed(), { realm, username: kept?.user.username, ip });
      return undefined;
    }
    const next = stepAfter(still, still.totp === undefined ? 'all' : 'password', ['pwd'], this.#parts.clock);
    // Whoever knows the password must not be able to clear the count of wrong codes with it.
    if (isDone(next)) await attempt.succeeded();
    else await attempt.confirmed();
    return next;
  }

  /** See `PasswordProvider`. */
  async answer(realm: string, answer: ChallengeAnswer): Promise<Outcome> {
    const { username = '', digest, passed, amr = 'pwd' } = answer.remembered;
    const kept = await this.#parts.access.users.find(realm, username);
    if (kept === undefined || !kept.user.enabled)
      throw new CurfewError('sign_in_refused', 'The account is no longer in use.');
    if (digestOf(kept) !== digest) throw changedSince();
    if (passed === 'password') return this.#takeCode(kept, answer);
    return this.#takePassword(kept, answer, amr.split(' '));
  }

  async #verifyAdministrator(realm: string, attempt: PasswordAttempt): Promise<Outcome> {
    const { access, clock } = this.#parts;
    try {
      const { username, password, ip } = attempt;
      const caller = await access.authenticateBasic(username, password, { ip, realm });
      return {
        username: caller.username,
        subject: caller.username,
        accessGroups: caller.accessGroups,
        adminIds: [caller.adminId],
        attributes: { amr: 'pwd', authTime: new Date(clock.now()).toISOString() },
      };
    } catch (error) {
      if (error instanceof CurfewError && error.code === 'unauthenticated') return undefined;
      throw error;
    }
  }

  async #compare(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (this.#verifying >= mostVerifications) {
      throw new CurfewError('rate_limited', 'Too many passwords are being verified; try again in a second.', {
        retryAfterSeconds: 1,
      });
    }
    this.#verifying++;
    try {
      return await verifyPassword(password, passwordHash);
    } finally {
      this.#verifying--;
    }
  }

  async #takeCode(kept: KeptUser, { code = '', ip }: ChallengeAnswer): Promise<Outcome> {
    const { access, clock } = this.#parts;
    const { realm, username } = kept.user;
    const attempt = await access.lockOut.begin(accountOf(realm, username), ip);
    let used: { kept: KeptUser; amr: string[] } | undefined;
    try {
      used = await this.#useCode(kept, code, ip);
    } catch (error) {
      attempt.withdrawn();
      throw error;
    }
    if (used !== undefined) {
      await attempt.succeeded();
      return stepAfter(used.kept, 'all', used.amr, clock);
    }
    await this.#noteLocks(await attempt.failed(), { realm, username, ip });
    return undefined;
  }

  /** Takes a code so that nobody can take it again; undefined when it is wrong or was taken before. */
  async #useCode(
    read: KeptUser,
    code: string,
    ip: string | undefined,
  ): Promise<{ kept: KeptUser; amr: string[] } | undefined> {
    const { access, clock, sealer } = this.#parts;
    const origin = signInOrigin(ip);
    let kept: KeptUser | undefined = read;
    for (let reading = 1; kept?.totp !== undefined; reading++) {
      const used = usedCode(kept.totp, code, { sealer, now: clock.now() });
      if (used === undefined) return undefined;
      try {
        const isApp = used.by === 'app';
        const event = isApp ? 'user.code_used' : 'user.recovery_code_used';
        const written = await access.users.setTotp(kept, used.totp, event, origin);
        return { kept: written, amr: isApp ? ['pwd', 'otp', 'mfa'] : ['pwd', 'mfa'] };
      } catch (error) {
        const isLate = error instanceof CurfewError && error.code === 'changed_meanwhile';
        if (!isLate || reading === mostReadings) throw error;
        kept = await access.users.find(kept.user.realm, kept.user.username);
        if (kept !== undefined && digestOf(kept) !== digestOf(read)) throw changedSince();
      }
    }
    return undefined;
  }

  async #takePassword(
    kept: KeptUser,
    { newPassword = '', ip }: ChallengeAnswer,
    amr: readonly string[],
  ): Promise<Outcome> {
    if (await this.#compare(newPassword, kept.passwordHash)) throw samePassword();
    const { access, clock } = this.#parts;
    const origin = signInOrigin(ip);
    const changed = await access.users.setPassword(kept, newPassword, { mustChange: false, origin });
    return stepAfter(changed, 'all', amr, clock);
  }

  #noteLocks(locks: readonly Lock[], who: LockedOut): Promise<void> {
    return noteLocks(locks, who, this.#parts);
  }
}

/** What follows once the steps up to `passed` are done. */
function stepAfter(
  kept: KeptUser,
  passed: 'password' | 'all',
  amr: readonly string[],
  clock: Clock,
): SignedInUser | Challenge {
  const { username, accessGroups, attributes, mustChangePassword } = kept.user;
  const remembered = { username, digest: digestOf(kept), passed, amr: amr.join(' ') };
  if (passed === 'password') return { needs: 'code', remembered };
  if (mustChangePassword) return { needs: 'newPassword', remembered };
  const authTime = new Date(clock.now()).toISOString();
  return {
    username,
    subject: username,
    accessGroups,
    attributes: { ...attributes, amr: amr.join(' '), authTime },
  };
}

function isDone(next: SignedInUser | Challenge): boolean {
  return !('needs' in next);
}

/** Stands for the password and the factor that were asked for: with another, a sign-in under way must begin anew. */
function digestOf({ passwordHash, totp }: KeptUser): string {
  return createHash('sha256')
    .update(`${passwordHash}\n${totp?.sealedSecret ?? ''}`)
    .digest('base64url');
}

/** Administrators are counted by their bare name, so a user's name is set apart from it. */
export function accountOf(realm: string, username: string): string {
  return `user ${JSON.stringify([realm, username])}`;
}

function changedSince(): CurfewError {
  return new CurfewError('changed_meanwhile', 'The account was changed meanwhile; begin the sign-in anew.');
}

/** Also told to whoever changes a password while signed in. */
export function samePassword(): CurfewError {
  const message = 'must be another than the present one';
  return new CurfewError('invalid_input', `The new password ${message}.`, {
    faults: [{ path: 'newPassword', message }],
  });
}
