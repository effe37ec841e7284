import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { Sealer } from '../core/sealing.ts';
import type { RecordStore } from '../session/store.ts';

const recordId = 'secret-key';

/**
 * Sees to it that all servers of a store seal with the same key: the first one leaves the key's fingerprint in the store.
 * @throws CurfewError `config_invalid` when the others have another key
 */
export async function demandSharedSecret(
  store: RecordStore,
  sealer: Pick<Sealer, 'fingerprint'>,
  clock: Clock,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const record = await store.record('setting', recordId);
    const known = (record?.body as { fingerprint?: unknown } | undefined)?.fingerprint;
    if (known === sealer.fingerprint) return;
    if (known !== undefined) {
      throw new CurfewError(
        'config_invalid',
        `The secret key of this server (${sealer.fingerprint}) is not that of the others on the same store (${String(known)}): it could not read what they have sealed. Give all of them the same CURFEW_SECRET_KEY, or copy the file secret.key of another's data folder here.`,
      );
    }
    try {
      await store.changeRecords({
        by: { kind: 'system', id: 'start', name: 'start' },
        face: 'system',
        writes: [{ kind: 'setting', id: recordId, body: { fingerprint: sealer.fingerprint }, ifVersion: 0 }],
        event: 'secret_key.noted',
        detail: { fingerprint: sealer.fingerprint },
        now: clock.now(),
      });
      return;
    } catch (error) {
      // Another server has started at the same time and was first.
      const isLate = error instanceof CurfewError && error.code === 'changed_meanwhile';
      if (!isLate || attempt === 3) throw error;
    }
  }
}
