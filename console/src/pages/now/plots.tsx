import { useMemo } from 'preact/hooks';
import { shown as readable } from '../../components/name.tsx';
import { Plot, type PlotSeries } from '../../components/plot.tsx';
import { formatCount, formatTime } from '../../format.ts';
import { go } from '../../location.ts';
import { strings } from '../../strings.ts';
import { sessionsMadeIn, toEntry } from './links.ts';
import type { Revocation, Timeline } from './overview.ts';
import type { Range } from './ranges.ts';

const texts = strings.now;
const mostProviders = 5;
type Reason = keyof typeof texts.reasons;
const reasons = Object.keys(texts.reasons) as Reason[];
const plotHeight = 190;

export interface PlotsProps {
  readonly timeline: Timeline;
  readonly revocations: readonly Revocation[];
  readonly range: Range;
  readonly realm: string | undefined;
}

/** What came, stayed and went over time, with the cuts. To drag over a plot leads to the sessions made in that time. */
export function Plots({ timeline, revocations, realm }: PlotsProps) {
  const drawn = useMemo(() => drawnOf(timeline), [timeline]);
  const bucketMs = timeline.bucketSeconds * 1000;
  const from = Date.parse(timeline.from);
  const marks = useMemo(
    () =>
      revocations
        .filter(({ at, selector }) => Date.parse(at) >= from && isOf(selector.realm, realm))
        .map(({ seq, at, reason }) => ({
          at: Date.parse(at),
          label: texts.cutMark(formatCount(seq), readable(reason)),
          href: toEntry(seq),
        })),
    [revocations, from, realm],
  );
  const onSelect = (start: number, end: number): void =>
    go('/sessions', sessionsMadeIn(start - bucketMs, end, realm));
  const common = { at: drawn.at, marks, onSelect, height: plotHeight };
  return (
    <section class="now-plots" aria-label={texts.plots}>
      <div class="now-panel wide">
        <Plot title={texts.livePlot} series={drawn.live} {...common} />
      </div>
      <div class="now-panel">
        <Plot title={texts.signInPlot} series={drawn.signIns} {...common} />
      </div>
      <div class="now-panel">
        <Plot title={texts.endPlot} series={drawn.endings} {...common} />
      </div>
      <p class="quiet now-hint">
        {texts.dragHint}
        {Date.parse(timeline.completeSince) > from ? (
          <> {texts.incomplete(formatTime(timeline.completeSince))}</>
        ) : null}
      </p>
    </section>
  );
}

/** Whether a cut concerns a realm; one without a realm concerns all. */
function isOf(own: string | undefined, realm: string | undefined): boolean {
  return own === undefined || realm === undefined || own === realm;
}

interface Drawn {
  readonly at: readonly number[];
  readonly live: readonly PlotSeries[];
  readonly signIns: readonly PlotSeries[];
  readonly endings: readonly PlotSeries[];
}

/** What the plots show. A bucket stands where it ends, and the one of now where the timeline was taken. */
function drawnOf({ at: takenAt, from, bucketSeconds, total, providers, realms }: Timeline): Drawn {
  const start = Date.parse(from);
  const end = Date.parse(takenAt);
  const at = total.begun.map((_count, bucket) => Math.min(start + (bucket + 1) * bucketSeconds * 1000, end));
  const shown = providers.slice(0, providers.length <= mostProviders + 1 ? mostProviders + 1 : mostProviders);
  const live = shown.map(({ realm, provider, live: values }, index): PlotSeries => {
    const name = texts.ofProvider(readable(provider.type), readable(provider.name));
    return {
      label: realms.length > 1 ? `${name} · ${readable(realm)}` : name,
      colour: colourOf(index),
      values,
    };
  });
  if (shown.length < providers.length) {
    const rest = total.live.map((all, bucket) =>
      shown.reduce((left, { live: values }) => left - (values[bucket] ?? 0), all),
    );
    live.push({ label: texts.others, colour: colourOf(shown.length), values: rest });
  }
  const happened = reasons.filter((reason) => total.ended[reason].some((count) => count > 0));
  const endings = (happened.length === 0 ? (['revoked'] as const) : happened).map(
    (reason): PlotSeries => ({
      label: texts.reasons[reason],
      colour: reason === 'revoked' ? '--danger' : colourOf(reasons.indexOf(reason)),
      values: total.ended[reason],
    }),
  );
  return {
    at,
    live: live.length === 0 ? [{ label: texts.live, colour: colourOf(0), values: total.live }] : live,
    signIns: [{ label: texts.signIns, colour: colourOf(0), values: total.begun, kind: 'bars' }],
    endings,
  };
}

function colourOf(index: number): string {
  return `--series-${(index % 6) + 1}`;
}
