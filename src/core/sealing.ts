import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CurfewError } from './errors.ts';

/** Keeps secrets that must be read again, such as private keys, out of what a store or a backup holds. */
export interface Sealer {
  /** The secret as base64url that only the same key opens. */
  seal(secret: string): string;
  /** The secret again, or undefined when it was sealed with another key or has been changed. */
  open(sealed: string): string | undefined;
  /**
   * A sealer with a key of its own for one purpose: what it seals no other opens. What is sealed very often needs one
   * that changes with time, since a key bears only so many random nonces (NIST SP 800-38D section 8.3: 2^32).
   */
  derived(purpose: string): Sealer;
  /** A hash of a text under the key, as base64url: nobody without the key finds the text by trying what it may be. */
  hash(text: string): string;
  /** Tells two keys apart and says nothing else of them. */
  readonly fingerprint: string;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12; // NIST SP 800-38D section 5.2.1.1 recommends 96 bits
const tagBytes = 16;

/** Seals with AES-256-GCM under a key of 32 bytes, each secret with a nonce of its own. */
export function sealerWith(key: Uint8Array): Sealer {
  return {
    fingerprint: createHmac('sha256', key).update('fingerprint of the secret key').digest('hex').slice(0, 16),
    derived: (purpose) => sealerWith(new Uint8Array(hkdfSync('sha256', key, '', purpose, keyBytes))),
    hash: (text) => createHmac('sha256', key).update(text).digest('base64url'),
    seal(secret) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce);
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < nonceBytes + tagBytes) return undefined;
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        const body = bytes.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** Whether a text holds a key: 32 bytes in base64 or base64url. */
export function isSecretKey(text: string): boolean {
  return /^[A-Za-z0-9+/_-]+=*$/.test(text) && Buffer.from(text, 'base64url').length === keyBytes;
}

/** The sealer of a key that `isSecretKey` holds for one. */
export function sealerOfKey(text: string): Sealer {
  return sealerWith(Buffer.from(text, 'base64url'));
}

/**
 * The sealer whose key lies in a file, which is made with mode 0600 when it does not exist.
 * @throws CurfewError `config_invalid` when the file cannot be read or made, or holds something else
 */
export function sealerOfFile(path: string): Sealer {
  try {
    writeFileSync(path, `${randomBytes(keyBytes).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      // A full disk leaves an empty file behind, which the next start would take for a spoilt key.
      rmSync(path, { force: true });
      throw unusable(path, (error as Error).message);
    }
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw unusable(path, (error as Error).message);
  }
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== keyBytes) throw unusable(path, 'it does not hold 32 bytes in base64url');
  return sealerWith(key);
}

function unusable(path: string, reason: string): CurfewError {
  return new CurfewError(
    'config_invalid',
    `The key file ${path} cannot be used: ${reason}. Correct its rights, or remove it to get a new one; private keys sealed with the old one are then made anew.`,
  );
}
