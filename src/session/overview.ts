import type { Histogram, HistogramQuery } from './histogram.ts';
import type { Suggestions, SuggestQuery } from './suggestions.ts';

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
}
