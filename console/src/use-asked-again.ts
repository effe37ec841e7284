import { useEffect, useMemo, useRef } from 'preact/hooks';
import { AskedAgain } from './asked-again.ts';
import { onEvent } from './live.ts';

/**
 * What has a component ask again by itself after a failure: in due time, and at once when the server tells of itself again.
 * @param ask asks once more, and tells by `failed` or `answered` what became of it
 */
export function useAskedAgain(ask: () => unknown): AskedAgain {
  const latest = useRef(ask);
  latest.current = ask;
  const again = useMemo(() => new AskedAgain(() => latest.current()), []);
  useEffect(() => {
    const forget = onEvent('hello', () => again.hurry());
    return () => {
      forget();
      again.close();
    };
  }, []);
  return again;
}
