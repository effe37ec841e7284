import {
  emptyHistogram,
  type Histogram,
  type HistogramField,
  type HistogramQuery,
  histogramOf,
  scaleFor,
} from '../../session/histogram.ts';
import { conditionOf, findWords, type Snapshot } from './query.ts';
import { statement } from './statement.ts';

const columns: Readonly<Record<HistogramField, string>> = {
  createdAt: 'created_at',
  lastAccessAt: 'last_access_at',
};

/** How the sessions of a query lie in time. */
export async function histogram({ ask, entries }: Snapshot, query: HistogramQuery): Promise<Histogram> {
  const column = columns[query.field];
  const found = await findWords(ask, query.selector);
  const [span] = await ask(
    statement(
      (p) =>
        `SELECT min(${column}), max(${column}) FROM curfew.session WHERE ${conditionOf(query, entries, p, found)}`,
    ),
  );
  const [first, last] = span as [number | null, number | null];
  if (first === null || last === null) return emptyHistogram;
  const scale = scaleFor(query, [first, last]);
  const counts = await ask(
    statement(
      (
        p,
      ) => `SELECT (${column} - ${p.add(scale.from, 'bigint')}) / ${p.add(scale.bucketMs, 'bigint')} AS bucket, count(*)
        FROM curfew.session WHERE ${conditionOf(query, entries, p, found)} GROUP BY bucket`,
    ),
  );
  return histogramOf(scale, new Map(counts as unknown as [number, number][]), query.until);
}
