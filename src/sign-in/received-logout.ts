import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { Registry } from '../session/registry.ts';
import type { Origin } from '../session/revocation.ts';
import type { Selector } from '../session/selector.ts';
import type { RecordStore } from '../session/store.ts';
import type { ReceivedLogout } from './provider.ts';
import type { UsedProvider } from './providers.ts';

export interface LogoutParts {
  readonly registry: Pick<Registry, 'terminate'>;
  readonly store: Pick<RecordStore, 'record' | 'changeRecords'>;
  readonly clock: Clock;
}

/** Messages carried out, with the instants from which they would be refused anyway. */
type Seen = Readonly<Record<string, number>>;

const mostAttempts = 5;

/**
 * Ends the sessions that a provider's message names, each key by one revocation, and notes the message in the journal so
 * that it is carried out once, over restarts and on every node. Ending comes first: a message whose note was lost is
 * carried out again when the provider repeats it, and harms only sessions made in between.
 * @returns how many live sessions it ended
 */
export async function endReceived(
  { subject, sessionKeys, message }: ReceivedLogout,
  { provider: { realm, type, name } }: Pick<UsedProvider, 'provider'>,
  { from, parts }: { from: string | undefined; parts: LogoutParts },
): Promise<number> {
  const selectors = selectorsOf({ subject, sessionKeys }, { realm, provider: { type, name } });
  if (selectors.length === 0) return 0;
  const origin: Origin = {
    by: { kind: 'system', id: `${type}/${name}`, name },
    face: 'sign-in',
    ...(from === undefined ? {} : { from }),
  };
  const recordId = `logouts ${JSON.stringify([realm, name])}`;
  const now = parts.clock.now();
  if (message !== undefined && Object.hasOwn((await seenBy(parts, recordId)).seen, message.id)) return 0;
  let matched = 0;
  for (const selector of selectors) {
    const reason = `the provider ${name} ended its session`;
    matched += (await parts.registry.terminate({ selector, reason, origin })).revocation.matched;
  }
  if (message === undefined) return matched;
  for (let attempt = 1; ; attempt++) {
    const { seen, version } = await seenBy(parts, recordId);
    const kept = Object.entries(seen).filter(([, endsAt]) => endsAt > now);
    try {
      await parts.store.changeRecords({
        ...origin,
        writes: [
          {
            kind: 'counter',
            id: recordId,
            body: { seen: { ...Object.fromEntries(kept), [message.id]: message.endsAt } },
            ifVersion: version,
          },
        ],
        event: 'provider.logout_received',
        detail: { type, realm, name, matched },
        now,
      });
      return matched;
    } catch (error) {
      const isLate = error instanceof CurfewError && error.code === 'changed_meanwhile';
      if (!isLate || attempt === mostAttempts) throw error;
    }
  }
}

async function seenBy(
  { store }: Pick<LogoutParts, 'store'>,
  id: string,
): Promise<{ seen: Seen; version: number }> {
  const record = await store.record('counter', id);
  return {
    seen: (record?.body as { seen: Seen } | undefined)?.seen ?? {},
    version: record?.version ?? 0,
  };
}

/** With a key of a session it is that session; with a subject alone it is every session of the user. */
function selectorsOf(
  { subject, sessionKeys = [] }: Pick<ReceivedLogout, 'subject' | 'sessionKeys'>,
  ofProvider: Selector,
): Selector[] {
  const bySubject = subject === undefined ? {} : { subject };
  if (sessionKeys.length > 0) {
    return sessionKeys.map((providerSession) => ({ ...ofProvider, ...bySubject, providerSession }));
  }
  return subject === undefined ? [] : [{ ...ofProvider, subject }];
}
