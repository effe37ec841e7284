import { Empty } from '../../components/empty.tsx';
import { Name } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';
import type { JournalEntry } from './overview.ts';

const texts = strings.now;
const mostShown = 10;

/** Who was refused for a while after wrong passwords, as the journal tells it. */
export function LockOuts({ entries }: { entries: readonly JournalEntry[] }) {
  return (
    <section class="now-panel" aria-labelledby="now-lock-outs">
      <h2 id="now-lock-outs">{texts.lockOuts}</h2>
      {entries.length === 0 ? (
        <Empty title={texts.lockOutsNone}>{texts.lockOutsTeach}</Empty>
      ) : (
        <ul class="now-nodes">
          {entries.slice(0, mostShown).map((entry) => (
            <LockOutRow key={entry.seq} entry={entry} />
          ))}
        </ul>
      )}
    </section>
  );
}

function LockOutRow({ entry: { at, from, detail } }: { entry: JournalEntry }) {
  const { username, scope, failures, until } = detail;
  const name = typeof username === 'string' ? texts.lockOutWho(username) : texts.lockOutUnknown;
  const what = texts.lockOutScope[String(scope)] ?? String(scope);
  return (
    <li>
      <span class="now-node-name">
        <Name text={name} />
      </span>
      <span class="mono quiet">{from ?? texts.unknownAddress}</span>
      <span class="quiet now-node-facts">
        {texts.lockOutText(what, formatCount(Number(failures)))} · <Time at={at} relative />
        {typeof until === 'number' ? (
          <>
            {' '}
            · {texts.lockOutUntil} <Time at={until} />
          </>
        ) : null}
      </span>
    </li>
  );
}
