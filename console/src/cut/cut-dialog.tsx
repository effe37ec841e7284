import { useEffect, useState } from 'preact/hooks';
import { CurfewError, call, type Outputs, type Selector } from '../api.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Failure } from '../components/failure.tsx';
import { me } from '../me.ts';
import { strings } from '../strings.ts';
import { CutForm } from './cut-form.tsx';
import { CutPreview } from './cut-preview.tsx';
import { CutWatch } from './cut-watch.tsx';
import { SelectorChips } from './selector-chips.tsx';
import './cut.css';

const texts = strings.cut;

export type Preview = Outputs['revocations.preview'];
export type Termination = Outputs['revocations.create'];

/** A preview and when it was taken, in epoch milliseconds. */
export interface Taken {
  readonly preview: Preview;
  readonly at: number;
  /** The selector that it was taken of. */
  readonly selector: Selector;
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
  const [done, setDone] = useState<Termination | undefined>(undefined);
  const own = me.value?.sessionId;
  const meant = sparesOwn && own !== undefined ? sparing(selector, own) : selector;

  const count = async (): Promise<void> => {
    setError(undefined);
    try {
      const preview = await call('revocations.preview', { selector: meant });
      setTaken({ preview, at: Date.now(), selector: meant });
    } catch (thrown) {
      setError(thrown);
    }
  };
  // Counted anew when the selector means others.
  useEffect(() => void count(), [sparesOwn]);

  const cut = async (reason: string): Promise<void> => {
    if (taken === undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      const { preview, selector: named } = taken;
      setDone(await call('revocations.create', { selector: named, reason, expect: preview.count }));
    } catch (thrown) {
      if (thrown instanceof CurfewError && thrown.code === 'expectation_failed') {
        setGrownFrom(taken.preview.count);
        await count();
      } else setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  const isStale = taken !== undefined && taken.selector !== meant && !sameSelector(taken.selector, meant);
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
            {error === undefined ? null : <Failure error={error} onRetry={() => void count()} />}
            {taken === undefined ? (
              error === undefined ? (
                <p class="quiet" role="status">
                  {texts.loading}
                </p>
              ) : null
            ) : (
              <>
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
              </>
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
