import { useEffect, useRef, useState } from 'preact/hooks';
import { type CallOptions, call, isAbort, type Outputs } from '../../api.ts';
import { AskedAgain } from '../../asked-again.ts';
import { onEvent } from '../../live.ts';
import type { Suggestions } from './recognise.ts';

/** What the server suggests for a text; the answer to an older text is given up. */
export function useSuggestions(text: string, realm: string | undefined): Suggestions | undefined {
  return useAnswer(text === '' ? undefined : JSON.stringify([text, realm]), (options) =>
    call('sessions.suggest', { text, ...within(realm) }, options),
  );
}

/** The providers and apps that sessions bear, asked for once in a search. @param isWanted whether something is searched */
export function useWords(
  isWanted: boolean,
  realm: string | undefined,
): Outputs['sessions.words'] | undefined {
  return useAnswer(isWanted ? JSON.stringify([realm]) : undefined, (options) =>
    call('sessions.words', within(realm), options),
  );
}

function within(realm: string | undefined): { realm?: string } {
  return realm === undefined ? {} : { realm };
}

/**
 * What a question is answered; undefined until it is. The search works without it, so a failure is not told, but it is asked
 * again by itself: in due time, and at once when the server tells of itself again.
 * @param key what the question depends on; undefined where nothing is to be asked
 */
function useAnswer<Answer>(
  key: string | undefined,
  question: (options: CallOptions) => Promise<Answer>,
): Answer | undefined {
  // An answer goes with its question: to another one it would be wrong, even for the moment until the effects run.
  const [found, setFound] = useState<{ readonly key: string; readonly answer: Answer } | undefined>(
    undefined,
  );
  const latest = useRef(question);
  latest.current = question;
  useEffect(() => {
    if (key === undefined) return undefined;
    const stop = new AbortController();
    const ask = async (quiet: boolean): Promise<void> => {
      try {
        const answer = await latest.current({ signal: stop.signal, quiet });
        if (stop.signal.aborted) return;
        setFound({ key, answer });
        again.answered();
      } catch (thrown) {
        if (!isAbort(thrown)) again.failed(thrown);
      }
    };
    // What the page asks again by itself does not keep the session alive.
    const again = new AskedAgain(() => ask(true));
    const forget = onEvent('hello', () => again.hurry());
    void ask(false);
    return () => {
      stop.abort();
      again.close();
      forget();
    };
  }, [key]);
  return found !== undefined && found.key === key ? found.answer : undefined;
}
