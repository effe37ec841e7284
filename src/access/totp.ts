import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { hashSecret } from '../core/tokens.ts';

/** RFC 6238 with what every authenticator app knows: SHA-1, six digits, thirty seconds. */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** One step before and one after are taken too, for clocks that differ (RFC 6238 section 5.2). */
const window = 1;
const recoveryCodeCount = 10;
/** No letters or digits that are taken for others; 16 of them are 79 bits. */
const recoveryAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A new secret in base32, 160 bits as RFC 4226 section 4 recommends. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The `otpauth:` URI that an authenticator app is given, as a QR code or as it is. */
export function totpUri(secret: string, { issuer, label }: { issuer: string; label: string }): string {
  return new TOTP({ ...parameters, issuer, label, secret: Secret.fromBase32(secret) }).toString();
}

/**
 * The time step of a code, or undefined when the code is wrong or its step is not after the last that was taken.
 * @param now epoch milliseconds
 */
export function totpStep(
  secret: string,
  code: string,
  { now, lastStep }: { now: number; lastStep: number },
): number | undefined {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = TOTP.validate({
    ...parameters,
    token,
    secret: Secret.fromBase32(secret),
    timestamp: now,
    window,
  });
  if (delta === null) return undefined;
  const step = Math.floor(now / (parameters.period * 1000)) + delta;
  return step > lastStep ? step : undefined;
}

/** Ten codes that each let in once without the app, such as `k7mq-2xhf-9dvt-w3ra`. Shown once; their hashes are kept. */
export function newRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: recoveryCodeCount }, newRecoveryCode);
  return { codes, hashes: codes.map(recoveryHash) };
}

function newRecoveryCode(): string {
  let letters = '';
  while (letters.length < 16) {
    const [byte = 0] = randomBytes(1);
    // Bytes beyond the last whole multiple are thrown away, so that every letter is as likely.
    if (byte < 248) letters += recoveryAlphabet[byte % 31];
  }
  return letters.match(/.{4}/g)?.join('-') ?? letters;
}

/** SHA-256 in hex of a recovery code, however it was typed. A fast hash is enough: a code has 79 random bits. */
export function recoveryHash(code: string): string {
  return hashSecret(code.toLowerCase().replaceAll(/[\s-]/g, '')).toString('hex');
}
