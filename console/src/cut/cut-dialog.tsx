import { useEffect, useRef, useState } from 'preact/hooks';
import { type CallOptions, CurfewError, call, type Outputs, type Selector } from '../api.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Failure } from '../components/failure.tsx';
import { Icon } from '../components/icon.tsx';
import { onEvent } from '../live.ts';
import { me } from '../me.ts';
import { strings } from '../strings.ts';
import { useAskedAgain } from '../use-asked-again.ts';
import { CutDoubt, type Doubt, useQuestionOnLeaving } from './cut-doubt.tsx';
import { CutForm } from './cut-form.tsx';
import { CutPreview } from './cut-preview.tsx';
import { CutWatch, type Done } from './cut-watch.tsx';
import { findOrder, isInDoubt, isOrder, ledgerHead, type Order } from './find-order.ts';
import { SelectorChips } from './selector-chips.tsx';

const texts = strings.cut;

export type Preview = Outputs['revocations.preview'];

/** A preview and when it was taken, in epoch milliseconds. */
export interface Taken {
  readonly preview: Preview;
  readonly at: number;
  /** The selector that it was taken of. */
  readonly selector: Selector;
  /** The newest entry of the ledger then; undefined where that is not known. */
  readonly head: number | undefined;
}

export interface CutDialogProps {
  readonly selector: Selector;
  readonly onClose: () => void;
}

/** Ends sessions: shows who they are, asks why, and then what has come of it. */
export function CutDialog({ selector, onClose }: CutDialogProps) {
  const [sparesOwn, setSparesOwn] = useState(false);
  const [taken, setTaken] = useState<Taken | undefined>(undefined);
  const [grownFrom, setGrownFrom] = useState<number | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [done, setDone] = useState<Done | undefined>(undefined);
  // An order whose answer was lost, and what is known of it.
  const [lost, setLost] = useState<Order | undefined>(undefined);
  const [doubt, setDoubt] = useState<Doubt | undefined>(undefined);
  // Whether the last order was refused: it has ended nothing, whatever is counted after it.
  const [isRefused, setRefused] = useState(false);
  const own = me.value?.sessionId;
  const meant = sparesOwn && own !== undefined ? sparing(selector, own) : selector;

  // Opened while the server is out of reach, it shows what it would end as soon as that can be told.
  const again = useAskedAgain(() => {
    if (!isBusy && done === undefined) void count({ quiet: true });
  });
  const asked = useRef(0);
  const count = async (options: CallOptions = {}): Promise<boolean> => {
    const number = ++asked.current;
    if (options.quiet !== true) setError(undefined);
    try {
      const [preview, head] = await Promise.all([
        call('revocations.preview', { selector: meant }, options),
        ledgerHead(),
      ]);
      // One that is overtaken by a later question says nothing any more.
      if (number !== asked.current) return false;
      again.answered();
      setError(undefined);
      setTaken({ preview, at: Date.now(), selector: meant, head });
      setDoubt((now) => (now === undefined ? undefined : 'counted'));
      return true;
    } catch (thrown) {
      if (number !== asked.current) return false;
      again.failed(thrown);
      setError(thrown);
      return false;
    }
  };
  // Counted anew when the selector means others.
  useEffect(() => void count(), [sparesOwn]);

  const cut = async (reason: string): Promise<void> => {
    if (taken === undefined) return;
    setBusy(true);
    // What it would have ended is not asked for again once it is ordered.
    again.answered();
    setError(undefined);
    setRefused(false);
    setDoubt(undefined);
    setLost(undefined);
    const { preview, selector: named, head } = taken;
    try {
      setDone(await call('revocations.create', { selector: named, reason, expect: preview.count }));
    } catch (thrown) {
      if (thrown instanceof CurfewError && thrown.code === 'expectation_failed') {
        setGrownFrom(preview.count);
        if (!(await count())) setRefused(true);
      } else if (isInDoubt(thrown)) {
        setLost({ selector: named, reason, after: head });
        setDoubt('asking');
      } else {
        setRefused(true);
        setError(thrown);
      }
    } finally {
      setBusy(false);
    }
  };

  useQuestionOnLeaving(isBusy || doubt === 'asking');
  useEffect(() => {
    if (lost === undefined) return undefined;
    // It may also arrive after the ledger was asked.
    return onEvent('revocation', (entry) => {
      if (isOrder(entry, lost)) setDone({ revocation: entry, matched: entry.matched });
    });
  }, [lost]);
  const ask = async (): Promise<void> => {
    if (lost === undefined) return;
    const entry = await findOrder(lost);
    if (entry !== undefined) setDone({ revocation: entry, matched: entry.matched });
    // It may be asked twice, and by the second answer the person may have counted again.
    else setDoubt((now) => (now !== 'asking' ? now : lost.after === undefined ? 'unknown' : 'missing'));
  };

  const isStale = taken !== undefined && taken.selector !== meant && !sameSelector(taken.selector, meant);
  const isHidden = doubt !== undefined && doubt !== 'counted';
  return (
    <Dialog
      title={texts.title}
      shape="wide"
      closesBeside={done !== undefined}
      // What was sent is carried out, and its answer must not be lost.
      onClose={() => {
        if (!isBusy) onClose();
      }}
    >
      <div class="cut">
        <SelectorChips selector={done === undefined ? meant : done.revocation.selector} />
        {done !== undefined ? (
          <CutWatch done={done} onClose={onClose} />
        ) : (
          <>
            {isRefused ? (
              <p class="cut-warning">
                <Icon name="warning" />
                <span>{texts.refusedOrder}</span>
              </p>
            ) : null}
            {doubt === undefined ? null : (
              <CutDoubt
                doubt={doubt}
                onAsk={ask}
                onGiveUp={() => setDoubt('unknown')}
                onRecount={() => void count()}
                onClose={onClose}
              />
            )}
            {error === undefined ? null : (
              <>
                <Failure error={error} />
                <div class="cut-buttons">
                  <Button icon="refresh" onClick={() => void count()}>
                    {isRefused ? texts.recount : strings.components.retry}
                  </Button>
                </div>
              </>
            )}
            {taken === undefined ? (
              error === undefined ? (
                <p class="quiet" role="status">
                  {texts.loading}
                </p>
              ) : null
            ) : (
              // What was typed is kept while it is not known whether it was carried out.
              <div class="cut-order" hidden={isHidden}>
                <CutPreview
                  taken={taken}
                  grownFrom={grownFrom}
                  sparesOwn={sparesOwn}
                  onSpareOwn={own === undefined ? undefined : setSparesOwn}
                  onRecount={() => void count()}
                />
                <CutForm preview={taken.preview} isBusy={isBusy || isStale} onCut={(why) => void cut(why)}>
                  <Button onClick={onClose}>{strings.components.cancel}</Button>
                </CutForm>
              </div>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}

/** The selector without one session. */
function sparing(selector: Selector, id: string): Selector {
  return { ...selector, except: [...(selector.except ?? []), id] };
}

function sameSelector(one: Selector, other: Selector): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
