import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { connection, noRoom, retryAt, retryNow } from '../live.ts';
import { strings } from '../strings.ts';

/** A hiccup of a moment is not worth a word. */
const patienceMs = 1200;

/** Says that the connection is lost, or that there is none to be had, so that nobody takes what stands there for what is. */
export function ConnectionBanner() {
  const isLost = connection.value === 'lost';
  const [isShown, setShown] = useState(false);
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isLost) {
      setShown(false);
      return undefined;
    }
    const patience = setTimeout(() => setShown(true), patienceMs);
    const ticking = setInterval(() => tick((count) => count + 1), 1000);
    return () => {
      clearTimeout(patience);
      clearInterval(ticking);
    };
  }, [isLost]);
  const texts = strings.shell;
  const full = noRoom.value;
  const seconds = Math.max(1, Math.ceil(((retryAt.value ?? 0) - Date.now()) / 1000));
  return (
    <div class="banner-place" role="status">
      {isShown ? (
        <div class="banner">
          <Icon name="warning" />
          <span>
            <strong>{full === undefined ? texts.lost : texts.noUpdates}</strong>{' '}
            {full === undefined ? texts.lostText : texts.noRoom[full]}
          </span>
          {full === 'browser' ? null : <Retry seconds={seconds} />}
        </div>
      ) : null}
    </div>
  );
}

/** When it is tried again, and the way to do it now. */
function Retry({ seconds }: { seconds: number }) {
  const texts = strings.shell;
  return (
    <>
      {/* Counting down aloud would drown everything else. */}
      <span aria-hidden="true">{retryAt.value === undefined ? texts.retrying : texts.retryIn(seconds)}</span>
      <Button size="small" onClick={retryNow}>
        {texts.retryNow}
      </Button>
    </>
  );
}
