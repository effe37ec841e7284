import type { ComponentChildren } from 'preact';
import { Count } from '../../components/count.tsx';
import { Name } from '../../components/name.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';
import { toSessions } from './links.ts';
import type { Refusals, Timeline } from './overview.ts';
import type { Range } from './ranges.ts';

const texts = strings.now;
const mostRows = 6;

export interface SummaryProps {
  readonly timeline: Timeline | undefined;
  readonly live: number | undefined;
  readonly refusals: Refusals | undefined;
  readonly range: Range;
  readonly realm: string | undefined;
}

/** The few numbers that are looked at first, and where the live sessions are. */
export function Summary({ timeline, live, refusals, range, realm }: SummaryProps) {
  const begun = timeline && sum(timeline.total.begun);
  const ended = timeline && Object.values(timeline.total.ended).reduce((all, counts) => all + sum(counts), 0);
  const inRange = texts.inRange(range.title);
  return (
    <section class="now-summary" aria-label={texts.live}>
      <div class="now-live">
        <h2>{texts.live}</h2>
        <p class="now-big">{live === undefined ? '…' : <Count value={live} />}</p>
        {begun === undefined || ended === undefined ? null : (
          <p class="quiet">{texts.change(signed(begun - ended), range.title)}</p>
        )}
        <a href={toSessions({ realm })}>{texts.seeAll}</a>
      </div>
      <dl class="now-tiles">
        <Tile title={texts.signIns} value={begun} note={inRange} />
        <Tile title={texts.endings} value={ended} note={inRange} />
        <Tile
          title={texts.stillTrying}
          value={refusals?.uses}
          note={refusals === undefined || refusals.count === 0 ? texts.inDay : addressesOf(refusals)}
          isLoud={(refusals?.uses ?? 0) > 0}
        />
      </dl>
      {timeline === undefined ? null : (
        <>
          <Shares
            title={texts.byProvider}
            rows={timeline.providers.map(({ realm: own, provider, live: counts }) => ({
              name: texts.ofProvider(provider.type, provider.name),
              note: timeline.realms.length > 1 ? own : undefined,
              count: counts.at(-1) ?? 0,
              to: toSessions({ realm: own, providerType: provider.type, provider: provider.name }),
            }))}
          />
          {timeline.realms.length > 1 ? (
            <Shares
              title={texts.byRealm}
              rows={timeline.realms.map(({ realm: name, live: counts }) => ({
                name,
                note: undefined,
                count: counts.at(-1) ?? 0,
                to: toSessions({ realm: name }),
              }))}
            />
          ) : null}
        </>
      )}
    </section>
  );
}

function addressesOf({ count }: Refusals): string {
  return count === 1 ? texts.oneAddress : texts.addresses(formatCount(count));
}

interface TileProps {
  readonly title: string;
  readonly value: number | undefined;
  readonly note: ComponentChildren;
  readonly isLoud?: boolean;
}

function Tile({ title, value, note, isLoud = false }: TileProps) {
  return (
    <div class={`now-tile${isLoud ? ' loud' : ''}`}>
      <dt>{title}</dt>
      <dd>
        <span class="now-number">{value === undefined ? '…' : <Count value={value} />}</span>
        <span class="quiet">{note}</span>
      </dd>
    </div>
  );
}

interface Share {
  readonly name: string;
  readonly note: string | undefined;
  readonly count: number;
  readonly to: string;
}

/** Counts with a bar each, as long as their share of the greatest. */
function Shares({ title, rows }: { title: string; rows: readonly Share[] }) {
  const sorted = [...rows].filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const greatest = sorted[0]?.count ?? 1;
  return (
    <div class="now-shares">
      <h2>{title}</h2>
      <ul>
        {sorted.slice(0, mostRows).map(({ name, note, count, to }) => (
          <li key={to}>
            <a href={to}>
              <Name text={name} />
            </a>
            {note === undefined ? null : (
              <span class="quiet now-note">
                <Name text={note} />
              </span>
            )}
            <Count value={count} />
            <span
              class="now-bar"
              aria-hidden="true"
              ref={(element) => element?.style.setProperty('--share', String(count / greatest))}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The sum of counts. */
export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function signed(value: number): string {
  const text = formatCount(Math.abs(value));
  if (value === 0) return `±${text}`;
  return value > 0 ? `+${text}` : `−${text}`;
}
