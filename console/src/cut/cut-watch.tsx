import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { call, type Outputs } from '../api.ts';
import { Button } from '../components/button.tsx';
import { Count } from '../components/count.tsx';
import { Icon } from '../components/icon.tsx';
import { Names } from '../components/name.tsx';
import { Time } from '../components/time.tsx';
import { connection, onEvent } from '../live.ts';
import { href } from '../location.ts';
import { may } from '../me.ts';
import { strings } from '../strings.ts';

const texts = strings.cut;

type Termination = Outputs['revocations.create'];

/** A cut that was made, as it was answered or as the ledger holds it. */
export type Done = Pick<Termination, 'revocation' | 'matched'> & {
  readonly warning?: string | undefined;
  readonly unheard?: readonly string[] | undefined;
};

/** What has come of a cut by now. */
interface Progress {
  readonly swept: number;
  readonly sweptAt: string | null;
  readonly refused: number;
}

/** Watches a cut that was made: acknowledged, swept so far, refused attempts since. */
export function CutWatch({ done, onClose }: { done: Done; onClose: () => void }) {
  const { revocation, matched } = done;
  const progress = useProgress(revocation.seq);
  const close = useRef<HTMLButtonElement>(null);
  // What had the focus is gone.
  useLayoutEffect(() => close.current?.focus(), []);
  return (
    <div class="cut-watch">
      <div role="status">
        <h3 class="cut-done">
          <Icon name={matched === 0 ? 'warning' : 'check'} />
          {matched === 0 ? texts.doneNobody : texts.done(matched)}
        </h3>
      </div>
      {done.warning === undefined ? null : (
        <p class="cut-warning" role="alert">
          <Icon name="warning" />
          <span>{done.warning}</span>
        </p>
      )}
      {done.unheard === undefined ? null : (
        <div class="cut-warning" role="alert">
          <Icon name="warning" />
          <div>
            <p>
              {texts.unheard(done.unheard.length)} <Names texts={done.unheard} />.
            </p>
            <p>{texts.unheardMeans}</p>
          </div>
        </div>
      )}
      <dl class="cut-facts">
        <div>
          <dt>{texts.acknowledged}</dt>
          <dd>
            <Time at={revocation.at} />
            <p class="quiet">{texts.acknowledgedHint}</p>
          </dd>
        </div>
        <div>
          <dt>{texts.swept}</dt>
          <dd>
            {progress === undefined ? null : <Sweep progress={progress} matched={matched} />}
            <p class="quiet">{texts.sweptHint}</p>
          </dd>
        </div>
        <div>
          <dt>{texts.refused}</dt>
          <dd>
            <strong class="cut-refused" data-refused={progress?.refused}>
              <Count value={progress?.refused ?? 0} />
            </strong>
            <p class="quiet" aria-live="polite">
              {texts.refusedHint(progress?.refused ?? 0)}
            </p>
          </dd>
        </div>
        <div>
          <dt>{texts.entry}</dt>
          <dd>{texts.entryNumber(revocation.seq)}</dd>
        </div>
      </dl>
      {connection.value === 'lost' ? <p class="cut-warning">{texts.stale}</p> : null}
      <div class="cut-buttons">
        <a href={href('/sessions', { state: 'ended', revocation: revocation.seq })} onClick={onClose}>
          {texts.showSessions}
        </a>
        {may('ledger.read') ? (
          <a href={href('/ledger', { entry: revocation.seq })} onClick={onClose}>
            {texts.showEntry}
          </a>
        ) : null}
        <Button kind="primary" onClick={onClose} buttonRef={close}>
          {texts.close}
        </Button>
      </div>
    </div>
  );
}

function Sweep({ progress, matched }: { progress: Progress; matched: number }) {
  const { swept, sweptAt } = progress;
  const isDone = sweptAt !== null;
  return (
    <>
      <progress
        aria-label={texts.swept}
        // An empty cut has nothing to sweep, and a bar of nothing would look stuck.
        max={Math.max(1, matched)}
        value={isDone ? Math.max(1, matched) : swept}
      />{' '}
      <span class="cut-swept">{texts.sweptOf(isDone ? matched : swept, matched)}</span>
    </>
  );
}

/** How a revocation stands, kept up to date by what the server tells. */
function useProgress(seq: number): Progress | undefined {
  const [progress, setProgress] = useState<Progress | undefined>(undefined);
  useEffect(() => {
    let isHere = true;
    // What is told counts more than what was asked for: the answer may be older.
    call('revocations.get', { seq }, { quiet: true })
      .then(({ revocation: { sweep, refused } }) => {
        if (isHere) setProgress((known) => known ?? { ...sweep, refused });
      })
      // The numbers come by themselves too, and whose own session has ended is led to sign in.
      .catch(() => undefined);
    const stop = onEvent('sweep', (told) => {
      if (told.seq === seq) setProgress(told);
    });
    return () => {
      isHere = false;
      stop();
    };
  }, [seq]);
  return progress;
}
