import { useEffect, useState } from 'preact/hooks';
import { CurfewError, call, type Outputs } from '../../api.ts';
import { Name, shown } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { formatCount } from '../../format.ts';
import { href } from '../../location.ts';
import { isBound, may } from '../../me.ts';
import { strings } from '../../strings.ts';
import type { Session } from './view.ts';

const texts = strings.sessions;

type Ending = NonNullable<Session['ended']>;
type Entry = Outputs['revocations.get']['revocation'];

/** How the session ended: when, and by whom where somebody ended it. */
export function StoryEnd({ ended }: { ended: Ending }) {
  const found = useEntry(ended.revocation);
  const entry = typeof found === 'string' ? undefined : found;
  return (
    <section class="story-end">
      <h3>{texts.endedHow[ended.reason]}</h3>
      <p>
        <Time at={ended.at} />
        {entry === undefined
          ? null
          : ` ${texts.endedBy(shown(entry.by.name), strings.ledger.faces[entry.face] ?? entry.face)}`}
      </p>
      {entry === undefined ? null : (
        <p class="story-reason">
          <Name text={entry.reason} />
        </p>
      )}
      {found === 'hidden' ? <p class="quiet">{strings.ledger.severalRealms}</p> : null}
      {found === undefined || found === 'hidden' || ended.revocation === undefined ? null : (
        <a href={href('/ledger', { entry: ended.revocation })}>{texts.ledgerEntry(ended.revocation)}</a>
      )}
    </section>
  );
}

/**
 * The entry of the ledger, for whoever may read it: `hidden` where it is over several realms and the reader bound to one,
 * `failed` where it could not be had otherwise.
 */
function useEntry(seq: number | undefined): Entry | 'hidden' | 'failed' | undefined {
  const [entry, setEntry] = useState<Entry | 'hidden' | 'failed' | undefined>(undefined);
  useEffect(() => {
    setEntry(undefined);
    if (seq === undefined || !may('ledger.read')) return undefined;
    let isGone = false;
    call('revocations.get', { seq }, { quiet: true }).then(
      ({ revocation }) => isGone || setEntry(revocation),
      // The ending itself is told without it, and the link leads to what is wrong.
      (thrown: unknown) => {
        const isHidden = thrown instanceof CurfewError && thrown.code === 'not_found' && isBound();
        if (!isGone) setEntry(isHidden ? 'hidden' : 'failed');
      },
    );
    return () => {
      isGone = true;
    };
  }, [seq]);
  return entry;
}

/** Who has presented the session since it ended. */
export function Tried({ uses }: { uses: Outputs['sessions.get']['refusedUses'] }) {
  return (
    <section>
      <h3>{texts.triedTitle}</h3>
      {uses.length === 0 ? (
        <p class="quiet">{texts.triedNone}</p>
      ) : (
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{texts.triedFrom}</th>
              <th scope="col" class="end">
                {texts.triedCount}
              </th>
              <th scope="col">{texts.triedLast}</th>
            </tr>
          </thead>
          <tbody>
            {uses.map(({ ip, count, lastAt }) => (
              <tr key={ip}>
                <th scope="row" class="mono">
                  {ip === '' ? texts.unknown : ip}
                </th>
                <td class="end">{formatCount(count)}</td>
                <td>
                  <Time at={lastAt} relative />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
