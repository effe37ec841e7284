import { useEffect, useRef, useState } from 'preact/hooks';
import type { CallOptions } from '../../api.ts';
import { onEvent } from '../../live.ts';
import { may } from '../../me.ts';

/** Something of the API that is shown, and kept true. */
export interface Loaded<Value> {
  /** Undefined until it is there. */
  readonly value: Value | undefined;
  readonly error: unknown;
  readonly reload: () => Promise<void>;
}

/** How often it is asked for anew by those whom nobody tells of changes. */
const pollMs = 15_000;

/**
 * Loads something, and again whenever the journal tells of a change that concerns it.
 * @param load takes the options for its calls: what a page asks by itself does not keep a session alive
 * @param events beginnings of the names of such changes, such as `user.`
 * @param key what the question depends on; another key loads anew
 */
export function useLoaded<Value>(
  load: (options: CallOptions) => Promise<Value>,
  events: readonly string[],
  key = '',
): Loaded<Value> {
  const [state, setState] = useState<{ value?: Value; error?: unknown; key?: string }>({});
  const asked = useRef(0);
  const ask = useRef(load);
  ask.current = load;
  const reload = async (): Promise<void> => {
    const number = ++asked.current;
    try {
      const value = await ask.current({ quiet: true });
      // An answer that is overtaken by a later question says nothing any more.
      if (number === asked.current) setState({ value, key });
    } catch (error) {
      if (number === asked.current) setState((before) => ({ ...before, error }));
    }
  };
  useEffect(() => {
    void reload();
    const again = (): void => void reload();
    const stopJournal = onEvent('journal', ({ event }) => {
      if (events.some((beginning) => event.startsWith(beginning))) again();
    });
    const stopHello = onEvent('hello', again);
    const timer = may('journal.read') ? undefined : setInterval(again, pollMs);
    return () => {
      asked.current++;
      stopJournal();
      stopHello();
      clearInterval(timer);
    };
  }, [key]);
  return { value: state.key === key ? state.value : undefined, error: state.error, reload };
}
