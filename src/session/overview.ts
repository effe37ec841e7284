import type { Histogram, HistogramQuery } from './histogram.ts';
import type { Provider } from './session.ts';
import type { Suggestions, SuggestQuery } from './suggestions.ts';

/** The most words of a kind. */
export const mostWords = 500;

/** The words that sessions, live or kept, ever shared here, each kind in order and at most `mostWords` of it. */
export interface SharedWords {
  readonly providers: readonly Provider[];
  readonly apps: readonly string[];
  readonly accessGroups: readonly string[];
}

/** What somebody sees who looks for sessions and does not know yet for which. */
export interface Overview {
  /**
   * How the sessions of a list lie in time, all from one snapshot. It may have to read every one of them, and takes its time
   * without keeping others waiting.
   */
  histogram(query: HistogramQuery): Promise<Histogram>;
  /**
   * Names and addresses that begin with a text, of live sessions. It looks at a bounded number of them, so where very many begin
   * so it may miss some until more is written.
   */
  suggest(query: SuggestQuery): Promise<Suggestions>;
  /** The words of a realm, or of all. */
  words(realm?: string): Promise<SharedWords>;
}
