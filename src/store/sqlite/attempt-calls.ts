import type { AttemptStore } from '../../session/attempt-store.ts';
import type { WriterCalls } from './calls.ts';
import type { Lookups } from './lookup.ts';
import type { Thread } from './thread.ts';

/** Failed attempts to sign in: read on the thread that calls, written with all other writes. */
export function attemptsOf({
  writer,
  lookups,
}: {
  readonly writer: Thread<WriterCalls>;
  readonly lookups: Pick<Lookups, 'standing'>;
}): AttemptStore {
  return {
    // It can be read also where nothing can be written any more: administrators must get in to see what is wrong.
    standing: (place, now) => lookups.standing(place, now),
    fail: (place, now) => writer.call('failAttempt', place, now),
    succeed: (place, now) => writer.call('succeedAttempt', place, now),
    confirm: (place, now) => writer.call('confirmAttempt', place, now),
    spend: (key, windowMs, now) => writer.call('spendTry', key, windowMs, now),
    forget: (now) => writer.call('forgetAttempts', now),
  };
}
