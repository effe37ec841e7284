import { useEffect, useRef, useState } from 'preact/hooks';
import { Refresher } from '../../../../src/client/refresher.ts';
import { call, type Inputs, isAbort, type OperationName, type Outputs } from '../../api.ts';
import { onEvent } from '../../live.ts';
import { may } from '../../me.ts';
import type { Range } from './ranges.ts';

export type Timeline = Outputs['statistics.timeline'];
export type Refusals = Outputs['statistics.refusals'];
export type RefusedAddress = Refusals['addresses'][number];
export type Revocation = Outputs['revocations.list']['revocations'][number];
export type Node = Outputs['nodes.list']['nodes'][number];
export type JournalEntry = Outputs['journal.list']['entries'][number];

/** What the view shows; a part is undefined until it has come, or where the person may not see it. */
export interface Overview {
  readonly timeline: Timeline | undefined;
  /** Live sessions of all realms within reach, as last told. */
  readonly live: number | undefined;
  readonly refusals: Refusals | undefined;
  readonly revocations: readonly Revocation[] | undefined;
  readonly nodes: Outputs['nodes.list'] | undefined;
  readonly lockOuts: readonly JournalEntry[] | undefined;
  readonly error: unknown;
  /** Asks for everything anew. */
  readonly reload: () => void;
}

/** Marks on plots, and cuts to choose from, are of so many revocations at most. */
const mostRevocations = 200;
const soonMs = 250;
const dayMs = 86_400_000;
const othersEveryMs = 3000;
/** A server gives the same timeline for a second, so what is told is certain to be in one that is asked for after that. */
const rememberedMs = 1200;

/** How far the clock of the server is ahead of the one here, in milliseconds. */
let aheadMs = 0;

function serverNow(): number {
  return Date.now() + aheadMs;
}

/** Everything the view shows, kept up to date by what the server tells. */
export function useOverview(range: Range, realm: string | undefined): Overview {
  const scope = realm === undefined ? {} : { realm };
  const [live, setLive] = useState<number | undefined>(undefined);
  const timeline = useFetched(
    'statistics.timeline',
    () => ({
      ...scope,
      from: new Date(serverNow() - range.lengthMs).toISOString(),
      bucketSeconds: range.bucketSeconds,
    }),
    { key: `${range.id} ${realm}`, leastMs: range.refreshMs },
  );
  const refusals = useFetched('statistics.refusals', () => ({ ...scope, limit: 20 }), {
    key: `${realm}`,
    leastMs: othersEveryMs,
  });
  const revocations = useFetched('revocations.list', () => ({ limit: mostRevocations }), {
    key: '',
    leastMs: soonMs,
    isOff: !may('ledger.read'),
  });
  const nodes = useFetched('nodes.list', () => ({}), {
    key: '',
    leastMs: othersEveryMs,
    isOff: !may('ledger.read'),
  });
  const journal = useFetched('journal.list', () => ({ newest: true as const, limit: 200 }), {
    key: '',
    leastMs: othersEveryMs,
    isOff: !may('journal.read'),
  });

  const newest = useRef({ timeline, refusals, revocations, nodes, journal });
  newest.current = { timeline, refusals, revocations, nodes, journal };
  useEffect(() => {
    const parts = (): typeof newest.current => newest.current;
    let afterCut: ReturnType<typeof setTimeout> | undefined;
    let afterPulse: ReturnType<typeof setTimeout> | undefined;
    const stops = [
      onEvent('hello', ({ at }) => {
        aheadMs = Date.parse(at) - Date.now();
        for (const part of Object.values(parts())) part.refresh();
      }),
      onEvent('pulse', (pulse) => {
        setLive(pulse.live);
        parts().timeline.refresh();
        clearTimeout(afterPulse);
        afterPulse = setTimeout(() => parts().timeline.refresh(), rememberedMs);
        parts().refusals.refresh();
      }),
      onEvent('revocation', () => {
        parts().revocations.refresh();
        parts().timeline.refreshNow();
        clearTimeout(afterCut);
        afterCut = setTimeout(() => parts().timeline.refreshNow(), rememberedMs);
      }),
      onEvent('sweep', () => {
        parts().revocations.refresh();
        parts().refusals.refresh();
      }),
      onEvent('nodes', () => parts().nodes.refresh()),
      onEvent('journal', () => parts().journal.refresh()),
    ];
    // A plot moves on though nothing happens.
    const timer = setInterval(() => parts().timeline.refresh(), range.bucketSeconds * 1000);
    return () => {
      clearInterval(timer);
      clearTimeout(afterCut);
      clearTimeout(afterPulse);
      for (const stop of stops) stop();
    };
  }, [range.bucketSeconds]);

  const all = [timeline, refusals, revocations, nodes, journal];
  const since = serverNow() - dayMs;
  return {
    timeline: timeline.data,
    live: realm === undefined ? (live ?? timeline.data?.total.live.at(-1)) : timeline.data?.total.live.at(-1),
    refusals: refusals.data,
    revocations: revocations.data?.revocations,
    nodes: nodes.data,
    lockOuts: journal.data?.entries.filter(
      ({ event, at }) => event.endsWith('.locked_out') && Date.parse(at) >= since,
    ),
    error: all.find(({ error }) => error !== undefined)?.error,
    reload: () => {
      for (const part of all) part.refreshNow();
    },
  };
}

interface Fetched<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  /** Asks anew when the least time between two askings has passed. */
  readonly refresh: () => void;
  /** Asks anew shortly. */
  readonly refreshNow: () => void;
}

interface FetchOptions {
  /** What the input depends on: another key throws away what was fetched. */
  readonly key: string;
  readonly leastMs: number;
  readonly isOff?: boolean;
}

/** An answer of the server, fetched anew when somebody says so, one at a time. */
function useFetched<Name extends OperationName>(
  name: Name,
  input: () => Inputs[Name],
  { key, leastMs, isOff = false }: FetchOptions,
): Fetched<Outputs[Name]> {
  const [state, setState] = useState<{ key: string; data?: Outputs[Name]; error?: unknown }>({ key });
  const newest = useRef({ input, leastMs });
  newest.current = { input, leastMs };
  const refresher = useRef<Refresher | undefined>(undefined);
  useEffect(() => {
    if (isOff) return undefined;
    const abort = new AbortController();
    const own = new Refresher(async () => {
      try {
        const ask = call as (name: Name, input: Inputs[Name], options: object) => Promise<Outputs[Name]>;
        const data = await ask(name, newest.current.input(), { quiet: true, signal: abort.signal });
        if (!abort.signal.aborted) setState({ key, data });
      } catch (error) {
        // What was known stays in sight; the banner says that it may be old.
        if (!isAbort(error)) setState((before) => ({ ...before, key, error }));
      }
    });
    refresher.current = own;
    own.within(0);
    return () => {
      abort.abort();
      own.stop();
    };
  }, [name, key, isOff]);
  return {
    data: state.key === key ? state.data : undefined,
    error: state.key === key ? state.error : undefined,
    refresh: () => refresher.current?.within(newest.current.leastMs),
    refreshNow: () => refresher.current?.within(soonMs),
  };
}
