import { randomBytes } from 'node:crypto';
import { hash, type Options, verify } from '@node-rs/argon2';
import { CurfewError } from '../core/errors.ts';

/**
 * argon2id with 19 MiB of memory, 2 passes and 1 lane: the first choice of the OWASP Password Storage Cheat Sheet. The
 * algorithm is not named because argon2id is the library's default and its enum cannot be used under isolated modules.
 */
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** No more is hashed, so that a password of megabytes cannot keep the machine busy. Bytes of UTF-8. */
export const mostPasswordBytes = 1024;
/** NIST SP 800-63B-4 section 3.1.1.2 asks for at least 8 characters; a single factor deserves more. */
export const fewestPasswordCharacters = 8;

/**
 * The hash of a password as a PHC string.
 * @throws CurfewError `invalid_input` when it is too short or too long
 */
export async function hashPassword(password: string): Promise<string> {
  if ([...password].length < fewestPasswordCharacters) {
    throw refused(`is too short: it needs at least ${fewestPasswordCharacters} characters`);
  }
  if (isTooLong(password)) throw refused(`is too long: it may have ${mostPasswordBytes} bytes of UTF-8`);
  return hash(normalised(password), parameters);
}

let decoy: Promise<string> | undefined;

/**
 * Whether a password belongs to a hash. Without a hash, for a user who does not exist, the same work is done on a decoy
 * and the answer is false, so that the time taken does not tell who exists. Empty and over-long ones are false at once.
 */
export async function verifyPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  if (password === '' || isTooLong(password)) return false;
  if (passwordHash !== undefined) return verify(passwordHash, normalised(password));
  decoy ??= hash(randomBytes(32), parameters);
  await verify(await decoy, normalised(password));
  return false;
}

/** Makes the decoy ahead of time, so that the first unknown user is not answered more slowly than the next. */
export async function prepareDecoy(): Promise<void> {
  decoy ??= hash(randomBytes(32), parameters);
  await decoy;
}

/** A random password of 32 characters, 192 bits. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > mostPasswordBytes;
}

/** The same characters typed on another keyboard must give the same bytes (RFC 8265 section 4.2.2: NFC). */
function normalised(password: string): string {
  return password.normalize('NFC');
}

function refused(message: string): CurfewError {
  return new CurfewError('invalid_input', `The password ${message}.`, {
    faults: [{ path: 'password', message }],
  });
}
