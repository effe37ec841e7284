import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { connection } from '../live.ts';
import { strings } from '../strings.ts';
import { isInDoubt } from './find-order.ts';

const texts = strings.cut;

/**
 * What is known of an order whose answer was lost: the ledger is being asked, the ledger does not hold it, nobody can
 * tell, and what matches has been counted since.
 */
export type Doubt = 'asking' | 'missing' | 'unknown' | 'counted';

/** How long it is waited before the ledger is asked again, should the server not be reached. */
const againMs = 2000;

interface CutDoubtProps {
  readonly doubt: Doubt;
  /** Asks the ledger. */
  readonly onAsk: () => Promise<void>;
  /** Called when the ledger will not tell. */
  readonly onGiveUp: () => void;
  readonly onRecount: () => void;
  readonly onClose: () => void;
}

/** Says that the answer to an order was lost, and finds out what became of it. */
export function CutDoubt({ doubt, onAsk, onGiveUp, onRecount, onClose }: CutDoubtProps) {
  const [tries, setTries] = useState(0);
  const isLive = connection.value === 'live';
  useEffect(() => {
    if (doubt !== 'asking') return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isHere = true;
    onAsk().catch((thrown: unknown) => {
      if (!isHere) return;
      if (isInDoubt(thrown)) timer = setTimeout(() => setTries((count) => count + 1), againMs);
      else onGiveUp();
    });
    return () => {
      isHere = false;
      clearTimeout(timer);
    };
  }, [doubt, tries, isLive]);
  const button = useRef<HTMLButtonElement>(null);
  const isCounted = doubt === 'counted';
  // What had the focus is hidden.
  useLayoutEffect(() => {
    if (!isCounted) button.current?.focus();
  }, [doubt]);
  const isMissing = doubt === 'missing' || doubt === 'counted';
  return (
    <>
      <div class="cut-warning" role="alert">
        <Icon name="warning" />
        <div>
          <strong>{isMissing ? texts.missing : texts.doubt}</strong>
          <p>{isMissing ? texts.missingText[doubt] : texts.doubtText[doubt]}</p>
        </div>
      </div>
      {isCounted ? null : (
        <div class="cut-buttons">
          <Button onClick={onClose} buttonRef={doubt === 'asking' ? button : null}>
            {texts.close}
          </Button>
          {doubt === 'asking' ? null : (
            <Button kind="primary" icon="refresh" onClick={onRecount} buttonRef={button}>
              {texts.recount}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

/** Has the browser ask before the page is left or reloaded. @param isOn while something would be lost by it */
export function useQuestionOnLeaving(isOn: boolean): void {
  // Not after the next painting, as an effect: what was sent is on its way by then.
  useLayoutEffect(() => {
    if (!isOn) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isOn]);
}
