import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { tellValues } from './plot-legend.ts';
import { Time } from './time.tsx';

export interface PlotSeries {
  readonly label: string;
  /** A custom property of the style, such as `--series-1`, so that it fits light and dark. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  readonly kind?: 'line' | 'area' | 'bars';
}

/** An instant that is marked by a line; with `href` it leads somewhere. */
export interface PlotMark {
  readonly at: number;
  readonly label: string;
  readonly href?: string;
}

export interface PlotProps {
  readonly title: string;
  /** Instants of the values, in epoch milliseconds, ascending. */
  readonly at: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly height?: number;
  /** Instants that are marked by a line, such as cuts. */
  readonly marks?: readonly PlotMark[] | undefined;
  /** Called with what was dragged over, in epoch milliseconds. */
  readonly onSelect?: ((from: number, to: number) => void) | undefined;
}

/** Values over time. Beside it stands the same as a table, for whoever cannot see a plot. */
export function Plot({ title, at, series, height = 200, marks = [], onSelect }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const newest = useRef({ marks, onSelect });
  newest.current = { marks, onSelect };
  const [isTable, setTable] = useState(false);
  const heading = useId();
  const shape = series.map(({ label, kind, colour }) => `${label} ${kind} ${colour}`).join('\n');
  const data = (): uPlot.AlignedData => [
    at.map((ms) => ms / 1000),
    ...series.map(({ values }) => values as (number | null)[]),
  ];

  // New values are set below, without a new plot.
  useEffect(() => {
    const element = box.current;
    if (isTable || element === null) return undefined;
    let isGone = false;
    let stop = (): void => {};
    void import('./plot-canvas.ts').then(({ drawPlot }) => {
      if (isGone) return;
      const { plot, destroy } = drawPlot(element, { series, data: data(), height, newest });
      drawn.current = plot;
      tellValues(plot);
      stop = destroy;
    });
    return () => {
      isGone = true;
      drawn.current = undefined;
      stop();
    };
  }, [shape, height, isTable]);

  // `data` is made of these.
  useEffect(() => {
    drawn.current?.setData(data());
  }, [at, series, marks]);

  return (
    <figure class="plot" aria-labelledby={heading}>
      <figcaption class="plot-head">
        <span id={heading} class="plot-title">
          {title}
        </span>
        <Button kind="quiet" size="small" pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? strings.components.showPlot : strings.components.showTable}
        </Button>
      </figcaption>
      {isTable ? (
        <PlotTable title={title} at={at} series={series} />
      ) : (
        <div class="plot-canvas" ref={box} aria-hidden="true" />
      )}
    </figure>
  );
}

function PlotTable({ title, at, series }: Pick<PlotProps, 'title' | 'at' | 'series'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to.
    <section class="plot-table" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{strings.components.time}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {at.map((ms, index) => (
            <tr key={ms}>
              <th scope="row">
                <Time at={ms} />
              </th>
              {series.map(({ label, values }) => (
                <td key={label}>{values[index] ?? ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
