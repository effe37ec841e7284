import { useEffect, useRef, useState } from 'preact/hooks';
import { call, type Inputs, isAbort, type Outputs } from '../../api.ts';
import { onEvent } from '../../live.ts';

export type Entry = Outputs['revocations.list']['revocations'][number];
/** Which entries are shown, as the API takes it. */
export type Filter = Pick<Inputs['revocations.list'] & object, 'by' | 'face' | 'reason' | 'from' | 'to'>;

const pageSize = 200;

/** What is known of a filtered ledger so far. */
export interface Entries {
  readonly rows: readonly Entry[];
  readonly isWhole: boolean;
  readonly error: unknown;
  /** Reads the next page, unless that is under way. */
  readonly more: () => void;
}

interface State {
  readonly rows: readonly Entry[];
  readonly next: string | undefined;
  readonly isWhole: boolean;
  readonly error: unknown;
}

const nothing: State = { rows: [], next: undefined, isWhole: false, error: undefined };

/** The ledger as a filter shows it: read page by page, and kept up to date by what the server tells. */
export function useEntries(filter: Filter): Entries {
  const [state, setState] = useState<State>(nothing);
  const reading = useRef<AbortController | undefined>(undefined);
  const newest = useRef(state);
  newest.current = state;
  const key = JSON.stringify(filter);

  const read = async (start: State): Promise<void> => {
    const stop = new AbortController();
    reading.current = stop;
    try {
      const got = await nextPage(filter, start.next, stop.signal);
      setState((known) => ({
        // Those that were told of meanwhile stand before what was asked for.
        rows: [
          ...known.rows,
          ...got.rows.filter(({ seq }) => seq < (known.rows.at(-1)?.seq ?? Number.POSITIVE_INFINITY)),
        ],
        next: got.next,
        isWhole: got.next === undefined,
        error: undefined,
      }));
    } catch (error) {
      if (!isAbort(error)) setState((known) => ({ ...known, error }));
    } finally {
      if (reading.current === stop) reading.current = undefined;
    }
  };

  // Begun anew when the filter has changed.
  useEffect(() => {
    setState(nothing);
    void read(nothing);
    const ended = new AbortController();
    const stops = [
      // What was made before the server began to tell is told by nothing else; how far the newest are swept it tells at first.
      onEvent('hello', () => {
        nextPage(filter, undefined, ended.signal).then(
          (got) => {
            // What is being read follows what is no longer shown.
            if (hasGap(newest.current, got)) reading.current?.abort();
            setState((known) => withNewest(known, got));
          },
          // Whether the server can be reached is said elsewhere.
          () => undefined,
        );
      }),
      onEvent('revocation', (entry) => {
        if (!isWanted(entry, filter)) return;
        setState((known) =>
          known.rows.some(({ seq }) => seq >= entry.seq) ? known : { ...known, rows: [entry, ...known.rows] },
        );
      }),
      onEvent('sweep', ({ seq, swept, sweptAt }) => {
        setState((known) => ({
          ...known,
          rows: known.rows.map((row) => (row.seq === seq ? { ...row, sweep: { swept, sweptAt } } : row)),
        }));
      }),
    ];
    return () => {
      ended.abort();
      reading.current?.abort();
      reading.current = undefined;
      for (const stop of stops) stop();
    };
  }, [key]);

  return {
    rows: state.rows,
    isWhole: state.isWhole,
    error: state.error,
    more() {
      const known = newest.current;
      if (reading.current === undefined && !known.isWhole) void read(known);
    },
  };
}

/** A page as the server gives it. */
type Page = Pick<State, 'rows' | 'next'>;

/** What is known, together with the newest page as it was read later; where a page holds too few, the list begins anew. */
function withNewest(known: State, got: Page): State {
  if (hasGap(known, got)) return { ...got, isWhole: false, error: undefined };
  return { ...known, rows: [...newerIn(known, got), ...known.rows] };
}

/** Whether entries may lie between what is known and the newest page. */
function hasGap(known: State, got: Page): boolean {
  return known.rows.length > 0 && got.next !== undefined && newerIn(known, got).length === got.rows.length;
}

function newerIn(known: State, { rows }: Page): readonly Entry[] {
  const top = known.rows[0]?.seq ?? 0;
  return rows.filter(({ seq }) => seq > top);
}

/** The next page that has entries, or the end: with a filter the server may answer pages that have none. */
async function nextPage(
  filter: Filter,
  start: string | undefined,
  signal: AbortSignal,
): Promise<{ rows: Entry[]; next: string | undefined }> {
  let cursor = start;
  for (;;) {
    const page = await call(
      'revocations.list',
      { ...filter, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) },
      { signal, quiet: true },
    );
    cursor = page.nextCursor;
    if (page.revocations.length > 0 || cursor === undefined) return { rows: page.revocations, next: cursor };
  }
}

/** Every page of a filtered ledger, each read when the one before was taken. */
export async function* eachPage(filter: Filter, signal: AbortSignal): AsyncGenerator<Entry[]> {
  let cursor: string | undefined;
  do {
    const page: Outputs['revocations.list'] = await call(
      'revocations.list',
      { ...filter, limit: 1000, ...(cursor === undefined ? {} : { cursor }) },
      { signal, quiet: true },
    );
    yield page.revocations;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Whether an entry is one that a filter shows; the server decides so too. */
export function isWanted(entry: Entry, { by, face, reason, from, to }: Filter): boolean {
  const at = Date.parse(entry.at);
  return (
    (by === undefined || entry.by.name.toLowerCase().includes(by.toLowerCase())) &&
    (face === undefined || entry.face === face) &&
    (reason === undefined || entry.reason.toLowerCase().includes(reason.toLowerCase())) &&
    (from === undefined || at >= Date.parse(from)) &&
    (to === undefined || at < Date.parse(to))
  );
}
