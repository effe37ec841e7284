import { useId, useRef, useState } from 'preact/hooks';
import type { Outputs } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { formatCount, formatTime, formatUtc } from '../../format.ts';
import { strings } from '../../strings.ts';

const texts = strings.sessions;

export type Histogram = Outputs['sessions.histogram'];

export interface BrushProps {
  readonly title: string;
  /** What is laid out, such as `Created`. */
  readonly name: string;
  readonly histogram: Histogram | undefined;
  /** Whether the histogram could not be had. */
  readonly hasFailed: boolean;
  /** The window that is set, by ISO instants; either end may be open. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Told the new window; undefined for both ends takes it away. */
  readonly onChange: (from: string | undefined, to: string | undefined) => void;
}

const width = 600;
const height = 56;

/** How near to the end of the plot the pointer means the end, in CSS pixels. */
const endPx = 4;

/** Sessions over time, of which a stretch can be dragged over; its ends are two sliders for the keyboard. */
export function Brush({ title, name, histogram, hasFailed, from, to, onChange }: BrushProps) {
  const box = useRef<SVGSVGElement>(null);
  const [dragged, setDragged] = useState<readonly [number, number] | undefined>(undefined);
  const heading = useId();
  const counts = histogram?.counts ?? [];
  const start = Date.parse(histogram?.from ?? '');
  const step = histogram?.bucketMs ?? 1;
  // The last bucket is not over yet, and is as wide as what has passed of it.
  const span = histogram?.to === undefined ? 1 : (Date.parse(histogram.to) - start) / step;
  const edge = (at: number): number => Math.max(0, Math.min(span, at));
  const chosen: readonly [number, number] = dragged ?? [
    from === undefined ? 0 : edge((Date.parse(from) - start) / step),
    to === undefined ? span : edge((Date.parse(to) - start) / step),
  ];
  const isSet = from !== undefined || to !== undefined;
  const instant = (bucket: number): string => new Date(start + Math.min(bucket, span) * step).toISOString();
  const apply = ([first, last]: readonly [number, number]): void => {
    setDragged(undefined);
    onChange(first <= 0 ? undefined : instant(first), last >= span ? undefined : instant(last));
  };
  const bucketAt = (event: PointerEvent): number => {
    const { left, right, width: wide } = (box.current as SVGSVGElement).getBoundingClientRect();
    // The last bucket may be too narrow to be met by a hand.
    if (right - event.clientX < endPx) return span;
    return edge(((event.clientX - left) / wide) * span);
  };
  const anchor = useRef(0);
  const spanTo = (at: number): readonly [number, number] => [
    Math.floor(Math.min(anchor.current, at)),
    Math.max(Math.floor(Math.min(anchor.current, at)) + 1, Math.ceil(Math.max(anchor.current, at))),
  ];
  const most = Math.max(1, ...counts);
  const bar = width / span;
  return (
    <section class="brush" aria-labelledby={heading}>
      <div class="brush-head">
        <h2 id={heading}>{title}</h2>
        {isSet ? (
          <Button
            kind="quiet"
            size="small"
            label={texts.clearWindow(name)}
            onClick={() => onChange(undefined, undefined)}
          >
            {texts.anyTime}
          </Button>
        ) : null}
      </div>
      {counts.length === 0 ? (
        <p class="quiet brush-none">
          {histogram !== undefined ? texts.noTimes : hasFailed ? texts.notCounted : texts.counting}
        </p>
      ) : (
        <>
          <svg
            ref={box}
            class="brush-plot"
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            aria-hidden="true"
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              anchor.current = bucketAt(event);
              setDragged(spanTo(anchor.current));
            }}
            onPointerMove={(event) => {
              if (event.currentTarget.hasPointerCapture(event.pointerId)) setDragged(spanTo(bucketAt(event)));
            }}
            onPointerUp={(event) => {
              if (dragged !== undefined) apply(spanTo(bucketAt(event)));
            }}
            onPointerCancel={() => setDragged(undefined)}
          >
            {counts.map((count, index) => {
              const tall = count === 0 ? 0 : Math.max(1.5, (count / most) * (height - 2));
              const isIn = index + 1 > chosen[0] && index < chosen[1];
              return (
                <rect
                  key={index}
                  class={isIn ? 'brush-bar' : 'brush-bar out'}
                  x={index * bar}
                  y={height - tall}
                  width={Math.max(0.5, Math.min(bar, width - index * bar) - 1)}
                  height={tall}
                />
              );
            })}
          </svg>
          <Ends {...{ name, chosen, counts, span, instant, bucketAt, apply }} drag={setDragged} />
        </>
      )}
    </section>
  );
}

interface EndsProps {
  readonly name: string;
  readonly chosen: readonly [number, number];
  readonly counts: readonly number[];
  /** How many buckets there are up to the end, of which the last one may be a part. */
  readonly span: number;
  readonly instant: (bucket: number) => string;
  readonly bucketAt: (event: PointerEvent) => number;
  readonly drag: (chosen: readonly [number, number]) => void;
  readonly apply: (chosen: readonly [number, number]) => void;
}

/** The two ends of the window: sliders that arrow keys, Page Up and Down, Home and End move, or the pointer. */
function Ends({ name, chosen, counts, span, instant, bucketAt, drag, apply }: EndsProps) {
  const [first, last] = [Math.floor(chosen[0]), Math.ceil(chosen[1])];
  const moved = {
    start: (to: number) => [Math.max(0, Math.min(to, last - 1)), last] as const,
    end: (to: number) => [first, Math.min(counts.length, Math.max(to, first + 1))] as const,
  };
  const page = Math.max(1, Math.round(counts.length / 10));
  return (
    <div class="brush-ends">
      {(['start', 'end'] as const).map((which) => {
        const at = which === 'start' ? first : last;
        return (
          <div
            key={which}
            class={`brush-end ${which}`}
            role="slider"
            tabIndex={0}
            aria-label={which === 'start' ? texts.windowStart(name) : texts.windowEnd(name)}
            aria-valuemin={0}
            aria-valuemax={counts.length}
            aria-valuenow={at}
            aria-valuetext={formatTime(instant(at))}
            ref={(element) => element?.style.setProperty('left', `${Math.min(100, (100 * at) / span)}%`)}
            onKeyDown={(event) => {
              const to = {
                ArrowRight: at + 1,
                ArrowUp: at + 1,
                ArrowLeft: at - 1,
                ArrowDown: at - 1,
                PageUp: at + page,
                PageDown: at - page,
                Home: 0,
                End: counts.length,
              }[event.key];
              if (to === undefined) return;
              event.preventDefault();
              apply(moved[which](to));
            }}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={(event) => {
              if (event.currentTarget.hasPointerCapture(event.pointerId))
                drag(moved[which](Math.round(bucketAt(event))));
            }}
            onPointerUp={(event) => apply(moved[which](Math.round(bucketAt(event))))}
          />
        );
      })}
      <span class="brush-times" aria-hidden="true">
        <span title={formatUtc(instant(first))}>{formatTime(instant(first))}</span>
        <span>{formatCount(counts.slice(first, last).reduce((sum, count) => sum + count, 0))}</span>
        <span title={formatUtc(instant(last))}>{formatTime(instant(last))}</span>
      </span>
    </div>
  );
}
