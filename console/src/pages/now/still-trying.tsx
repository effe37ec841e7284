import { Count } from '../../components/count.tsx';
import { Empty } from '../../components/empty.tsx';
import { Names } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';
import { toSessions, toStory } from './links.ts';
import type { Refusals, RefusedAddress } from './overview.ts';

const texts = strings.now;
const mostShown = 10;

/** Who still uses sessions that have ended, by address. */
export function StillTrying({ refusals }: { refusals: Refusals }) {
  const { addresses, count } = refusals;
  return (
    <section class="now-panel wide" aria-labelledby="now-trying">
      <h2 id="now-trying">{texts.trying}</h2>
      {addresses.length === 0 ? (
        <Empty title={texts.tryingNone}>{texts.tryingTeach}</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to.
        <section class="now-scroll" aria-label={texts.tryingTable} tabIndex={0}>
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">{texts.address}</th>
                <th scope="col" class="end">
                  {texts.uses}
                </th>
                <th scope="col">{texts.users}</th>
                <th scope="col">{texts.sessions}</th>
                <th scope="col">{texts.lastTry}</th>
                <th scope="col">{texts.firstTry}</th>
              </tr>
            </thead>
            <tbody>
              {addresses.slice(0, mostShown).map((address) => (
                <AddressRow key={address.ip ?? ''} address={address} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {count > mostShown ? <p class="quiet">{texts.tryingMore(formatCount(count - mostShown))}</p> : null}
    </section>
  );
}

function AddressRow({ address }: { address: RefusedAddress }) {
  const { ip, uses, sessions, users, usernames, sessionIds, firstAt, lastAt } = address;
  return (
    <tr>
      <th scope="row">
        {ip === undefined ? (
          <span class="quiet">{texts.unknownAddress}</span>
        ) : (
          <a class="mono" href={toSessions({ ip, state: 'any' })} title={texts.liveFrom(ip)}>
            {ip}
          </a>
        )}
      </th>
      <td class="end">
        <Count value={uses} />
      </td>
      <td class="now-users">
        <Names texts={usernames} />
        {users > usernames.length ? (
          <span class="quiet"> {texts.more(formatCount(users - usernames.length))}</span>
        ) : null}
      </td>
      <td class="now-users">
        <Count value={sessions} />
        {sessionIds.length > 0 ? ':' : null}
        {sessionIds.map((id) => (
          <a
            key={id}
            class="now-story mono"
            href={toStory(id)}
            aria-label={texts.story(texts.shortId(id), ip)}
          >
            {texts.shortId(id)}
          </a>
        ))}
        {sessions > sessionIds.length && sessionIds.length > 0 ? (
          <span class="quiet"> {texts.more(formatCount(sessions - sessionIds.length))}</span>
        ) : null}
      </td>
      <td>
        <Time at={lastAt} relative />
      </td>
      <td>
        <Time at={firstAt} relative />
      </td>
    </tr>
  );
}
