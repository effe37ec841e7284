import { recoveryHash, totpStep } from '../../access/totp.ts';
import type { KeptTotp } from '../../access/user.ts';
import type { Sealer } from '../../core/sealing.ts';

/** A code that was right, and what is left of the second factor, so that it is good only once. */
export interface UsedCode {
  readonly totp: KeptTotp;
  readonly by: 'app' | 'recovery';
}

/** Takes a code of the app or a recovery code; undefined when it is neither, or was used before. */
export function usedCode(
  totp: KeptTotp,
  code: string,
  { sealer, now }: { sealer: Sealer; now: number },
): UsedCode | undefined {
  const secret = sealer.open(totp.sealedSecret);
  const step = secret === undefined ? undefined : totpStep(secret, code, { now, lastStep: totp.lastStep });
  if (step !== undefined) return { totp: { ...totp, lastStep: step }, by: 'app' };
  const hash = recoveryHash(code);
  const { recoveryHashes } = totp;
  if (!recoveryHashes.includes(hash)) return undefined;
  return { totp: { ...totp, recoveryHashes: recoveryHashes.filter((one) => one !== hash) }, by: 'recovery' };
}
