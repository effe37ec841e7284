import { hash, randomBytes } from 'node:crypto';

/** Marks a session token, so that a leaked one is recognised by secret scanners. */
export const sessionTokenPrefix = 'cfs_';
/** Marks the secret of an application key. */
export const keySecretPrefix = 'cfk_';

const encodedLength = 43; // 32 bytes in base64url without padding

/** A new session token: `cfs_` and 256 random bits in base64url. Shown once, stored nowhere. */
export function newSessionToken(): string {
  return sessionTokenPrefix + randomBytes(32).toString('base64url');
}

/** A new application key secret: `cfk_` and 256 random bits in base64url. Shown once, stored nowhere. */
export function newKeySecret(): string {
  return keySecretPrefix + randomBytes(32).toString('base64url');
}

/** The SHA-256 of a token or key secret, 32 bytes. A fast hash is enough: the input has 256 bits of entropy. */
export function hashSecret(secret: string): Buffer {
  // Node makes a text and a small buffer of it in half the time that it takes to hand over the bytes by themselves.
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex');
}

/** Whether a text has the form of a session token. What has not is never looked up. */
export function isSessionToken(text: string): boolean {
  return text.length === sessionTokenPrefix.length + encodedLength && text.startsWith(sessionTokenPrefix);
}

/** Whether a text has the form of an application key secret. */
export function isKeySecret(text: string): boolean {
  return text.length === keySecretPrefix.length + encodedLength && text.startsWith(keySecretPrefix);
}
