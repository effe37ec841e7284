import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { formatClock } from '../format.ts';
import { learnMe, sessionEndsAt } from '../me.ts';
import { strings } from '../strings.ts';

/** How long before its end the person is told, at most; of short sessions it is the last third. */
const warnMs = 120_000;

/** Timers of browsers take no more than 2^31 milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Says that the session is about to end for want of use, and offers to go on. What the page asks by itself does not keep
 * a session alive, so somebody who only reads would be signed out without it. WCAG 2.2, 2.2.1.
 */
export function SessionEnd() {
  const endsAt = sessionEndsAt.value;
  const [lengthMs, setLength] = useState(0);
  const [isNear, setNear] = useState(false);
  const [isFinal, setFinal] = useState(false);
  const [asked, setAsked] = useState(0);
  const ask = (): void => void learnMe().finally(() => setAsked((count) => count + 1));
  useEffect(() => {
    setNear(false);
    if (endsAt === null) return undefined;
    const leftMs = endsAt - Date.now();
    const length = Math.max(lengthMs, leftMs);
    setLength(length);
    const inMs = leftMs - Math.min(warnMs, length / 3);
    if (inMs <= 0) {
      setNear(true);
      // At its end the server says why, on the page for signing in.
      const over = setTimeout(ask, Math.max(leftMs, 0) + 2000);
      return () => clearTimeout(over);
    }
    // What the person has done meanwhile has moved the end, which this finds out.
    const timer = setTimeout(ask, Math.min(inMs, longestTimerMs));
    return () => clearTimeout(timer);
  }, [endsAt, asked]);
  const stay = async (): Promise<void> => {
    const before = sessionEndsAt.value ?? 0;
    await learnMe({ quiet: false });
    setFinal((sessionEndsAt.value ?? Number.POSITIVE_INFINITY) - before < 1000);
  };
  const texts = strings.shell;
  return (
    <div class="banner-place" role="alert">
      {isNear && endsAt !== null ? (
        <div class="banner">
          <Icon name="clock" />
          <span>{(isFinal ? texts.endsFinally : texts.endsSoon)(formatClock(endsAt))}</span>
          {isFinal ? null : (
            <Button size="small" onClick={() => void stay()}>
              {texts.stay}
            </Button>
          )}
        </div>
      ) : null}
    </div>
  );
}
