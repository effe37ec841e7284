import type { Access } from '../../access/access.ts';
import { verifyPassword } from '../../access/passwords.ts';
import { newRecoveryCodes, newTotpSecret, totpStep, totpUri } from '../../access/totp.ts';
import type { KeptTotp, KeptUser } from '../../access/user.ts';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Sealer } from '../../core/sealing.ts';
import type { Lock } from '../../session/attempts.ts';
import type { Origin } from '../../session/revocation.ts';
import { type LockEvidence, noteLocks } from '../lock-notes.ts';
import { accountOf, samePassword } from './local-users.ts';
import { usedCode } from './used-code.ts';

/** A second factor that is being set up; nothing is kept until a code of it was right. */
export interface TotpSetup {
  /** In base32, for apps that cannot read a picture. */
  readonly secret: string;
  /** The `otpauth:` URI. */
  readonly uri: string;
  /** Must be given back with the first code. */
  readonly setup: string;
}

interface Who {
  readonly realm: string;
  readonly username: string;
  readonly origin: Origin;
}

/** What proves who asks for a change. */
export interface Present {
  /** The password. */
  readonly current: string;
  /** A code of the present second factor or a recovery code; needed where there is one. */
  readonly currentCode?: string | undefined;
}

const setupLifetimeMs = 15 * 60_000;

/** What Curfew's own users change about their own accounts. Each change asks for the present password. */
export class Accounts {
  readonly #access: Pick<Access, 'users' | 'lockOut'>;
  readonly #evidence: LockEvidence;
  readonly #clock: Clock;
  readonly #sealer: Sealer;

  constructor(parts: LockEvidence & { access: Pick<Access, 'users' | 'lockOut'>; sealer: Sealer }) {
    this.#access = parts.access;
    this.#evidence = parts;
    this.#clock = parts.clock;
    this.#sealer = parts.sealer;
  }

  /** @throws CurfewError `not_found`, `invalid_input`, `locked_out`, `changed_meanwhile` */
  async changePassword(who: Who, { current, next }: { current: string; next: string }): Promise<void> {
    const kept = await this.#confirmPassword(who, current);
    if (await verifyPassword(next, kept.passwordHash)) throw samePassword();
    await this.#access.users.setPassword(kept, next, { mustChange: false, origin: who.origin });
  }

  /** Begins to set up a second factor, in place of the present one if there is one. */
  beginTotp({ realm, username }: Pick<Who, 'realm' | 'username'>, issuer: string): TotpSetup {
    const secret = newTotpSecret();
    const made = { purpose: 'totp', realm, username, secret, madeAt: this.#clock.now() };
    return {
      secret,
      uri: totpUri(secret, { issuer, label: username }),
      setup: this.#sealer.seal(JSON.stringify(made)),
    };
  }

  /** What `beginTotp` gave, from its sealed form, so that a page can show it again; undefined when its time is over. */
  readSetup({ realm, username }: Pick<Who, 'realm' | 'username'>, setup: string): string | undefined {
    const text = this.#sealer.open(setup);
    if (text === undefined) return undefined;
    const made = JSON.parse(text) as Record<string, unknown>;
    const isOwn = made.purpose === 'totp' && made.realm === realm && made.username === username;
    if (!isOwn || this.#clock.now() - Number(made.madeAt) > setupLifetimeMs) return undefined;
    return String(made.secret);
  }

  /**
   * Keeps the second factor once a code of it is right, in place of the present one if there is one.
   * @returns the recovery codes, shown once
   * @throws CurfewError `not_found`, `invalid_input`, `locked_out`, `changed_meanwhile`; `conflict` when it is kept already
   */
  async confirmTotp(
    who: Who,
    { setup, code, ...present }: { setup: string; code: string } & Present,
  ): Promise<readonly string[]> {
    const secret = this.readSetup(who, setup);
    if (secret === undefined) throw wrong('setup', 'is no longer good; begin anew');
    const { kept } = await this.#confirm(who, present, (totp) => {
      // A page that is sent again must not make other recovery codes.
      if (totp !== undefined && this.#sealer.open(totp.sealedSecret) === secret)
        throw new CurfewError('conflict', 'This second factor is set up already.');
    });
    const step = totpStep(secret, code, { now: this.#clock.now(), lastStep: 0 });
    if (step === undefined)
      throw wrong('code', 'is not right; check the clock of the device, then try the next one');
    const { codes, hashes } = newRecoveryCodes();
    const totp = { sealedSecret: this.#sealer.seal(secret), lastStep: step, recoveryHashes: hashes };
    await this.#access.users.setTotp(kept, totp, 'user.factor_set', who.origin);
    return codes;
  }

  /** @throws CurfewError `not_found`, `invalid_input`, `locked_out`, `changed_meanwhile` */
  async removeTotp(who: Who, present: Present): Promise<void> {
    const { kept } = await this.#confirm(who, present);
    await this.#access.users.setTotp(kept, undefined, 'user.factor_removed', who.origin);
  }

  /** Makes new recovery codes in place of the former. @throws CurfewError as `removeTotp`; `conflict` without a factor */
  async renewRecoveryCodes(who: Who, present: Present): Promise<readonly string[]> {
    const { kept, totp: proven } = await this.#confirm(who, present);
    if (proven === undefined) throw new CurfewError('conflict', 'There is no second factor to recover.');
    const { codes, hashes } = newRecoveryCodes();
    const totp = { ...proven, recoveryHashes: hashes };
    await this.#access.users.setTotp(kept, totp, 'user.recovery_codes_made', who.origin);
    return codes;
  }

  /**
   * Proves the password, and the second factor if there is one: who knows the password alone must not get rid of what
   * protects the account from them.
   * @param look is told the present factor once the password was right
   * @returns the factor as it is once the code was used
   */
  async #confirm(
    who: Who,
    { current, currentCode }: Present,
    look: (totp: KeptTotp | undefined) => void = () => undefined,
  ): Promise<{ kept: KeptUser; totp: KeptTotp | undefined }> {
    const kept = await this.#confirmPassword(who, current);
    const { totp } = kept;
    look(totp);
    if (totp === undefined) return { kept, totp };
    if (currentCode === undefined || currentCode === '')
      throw wrong('currentCode', 'is missing: give a code of the present second factor, or a recovery code');
    const account = accountOf(who.realm, kept.user.username);
    const attempt = await this.#access.lockOut.begin(account, who.origin.from);
    const used = usedCode(totp, currentCode, { sealer: this.#sealer, now: this.#clock.now() });
    if (used === undefined) {
      await this.#noteLocks(await attempt.failed(), kept, who.origin.from);
      throw wrong('currentCode', 'is not right, or was used before');
    }
    await attempt.confirmed();
    return { kept, totp: used.totp };
  }

  /** A session left open at a desk must not be enough to take the account over. */
  async #confirmPassword({ realm, username, origin }: Who, password: string): Promise<KeptUser> {
    const kept = await this.#access.users.get(realm, username);
    const attempt = await this.#access.lockOut.begin(accountOf(realm, kept.user.username), origin.from);
    let matches: boolean;
    try {
      matches = await verifyPassword(password, kept.passwordHash);
    } catch (error) {
      attempt.withdrawn();
      throw error;
    }
    if (!matches) {
      await this.#noteLocks(await attempt.failed(), kept, origin.from);
      throw wrong('currentPassword', 'is not right');
    }
    await attempt.confirmed();
    return kept;
  }

  #noteLocks(locks: readonly Lock[], { user }: KeptUser, ip: string | undefined): Promise<void> {
    return noteLocks(locks, { realm: user.realm, username: user.username, ip }, this.#evidence);
  }
}

function wrong(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${path} ${message}.`, { faults: [{ path, message }] });
}
