import { Empty } from '../../components/empty.tsx';
import { Name, shown } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { formatCount } from '../../format.ts';
import { href } from '../../location.ts';
import { isBound } from '../../me.ts';
import { strings } from '../../strings.ts';
import { toEntry } from './links.ts';
import type { Revocation } from './overview.ts';

const texts = strings.now;
const mostShown = 6;

/** The newest revocations, each with the way to its entry in the ledger. */
export function LastCuts({ revocations }: { revocations: readonly Revocation[] }) {
  const isPart = isBound();
  return (
    <section class="now-panel" aria-labelledby="now-cuts">
      <h2 id="now-cuts">{texts.cuts}</h2>
      {revocations.length === 0 ? (
        <Empty title={isPart ? texts.cutsNoneInRealm : texts.cutsNone}>
          {isPart ? texts.cutsElsewhere : texts.cutsTeach}
        </Empty>
      ) : (
        <>
          <ol class="now-cuts">
            {revocations.slice(0, mostShown).map((revocation) => (
              <CutRow key={revocation.seq} revocation={revocation} />
            ))}
          </ol>
          {isPart ? <p class="quiet">{texts.cutsElsewhere}</p> : null}
          <a href={href('/ledger')}>{texts.allCuts}</a>
        </>
      )}
    </section>
  );
}

function CutRow({ revocation }: { revocation: Revocation }) {
  const { seq, at, reason, by, face, matched, sweep } = revocation;
  const isSwept = sweep.sweptAt !== null;
  return (
    <li>
      <a href={toEntry(seq)}>{texts.entry(formatCount(seq))}</a>
      <span class="now-matched">{texts.cutMatched(formatCount(matched))}</span>
      <span class="now-reason">
        <Name text={reason} />
      </span>
      <span class="quiet">
        <Time at={at} relative /> · {texts.cutBy(shown(by.name), face)}
        {isSwept || matched === 0 ? null : (
          <> · {texts.cutSweeping(`${formatCount(sweep.swept)}/${formatCount(matched)}`)}</>
        )}
      </span>
    </li>
  );
}
