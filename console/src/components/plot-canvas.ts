import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatClock, formatDay } from '../format.ts';
import type { PlotProps, PlotSeries } from './plot.tsx';

export interface DrawOptions {
  readonly series: readonly PlotSeries[];
  readonly data: uPlot.AlignedData;
  readonly height: number;
  /** What changes without a new plot being made. */
  readonly newest: {
    readonly current: {
      readonly marks: PlotProps['marks'];
      readonly onSelect: PlotProps['onSelect'] | undefined;
    };
  };
}

/** Draws a plot into an element, as wide as that is; a chunk of its own, since not every view has plots. */
export function drawPlot(
  element: HTMLElement,
  { series, data, height, newest }: DrawOptions,
): { plot: uPlot; destroy: () => void } {
  // A canvas needs the colour itself, and a custom property has it for light and for dark.
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
  const axis = (): uPlot.Axis => ({
    stroke: () => colour('--quiet'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { stroke: () => colour('--line'), width: 1, size: 4 },
    font: '11px system-ui, sans-serif',
  });
  const plot = new uPlot(
    {
      width: Math.max(element.clientWidth, 120),
      height,
      scales: { y: { range: (_self, _min, max) => [0, Math.max(1, max * 1.1)] } },
      axes: [
        { ...axis(), values: timesOf },
        { ...axis(), size: 52 },
      ],
      series: [
        {},
        ...series.map(({ label, colour: name, kind = 'line' }): uPlot.Series => {
          const isFilled = kind !== 'line';
          return {
            label,
            stroke: () => colour(name),
            width: 1.5,
            points: { show: false },
            ...(isFilled ? { fill: () => `color-mix(in srgb, ${colour(name)} 22%, transparent)` } : {}),
            ...(kind === 'bars' && bars !== undefined ? { paths: bars } : {}),
          };
        }),
      ],
      cursor: { y: false, drag: { x: newest.current.onSelect !== undefined, y: false, setScale: false } },
      hooks: {
        draw: [
          (self) => {
            const marks = newest.current.marks ?? [];
            drawMarks(self, marks, colour('--danger'));
            placeLinks(self, marks);
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 3) return;
            const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
            newest.current.onSelect?.(from * 1000, to * 1000);
          },
        ],
      },
    },
    data,
    element,
  );
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height });
  });
  observer.observe(element);
  const repaint = (): void => plot.redraw(false);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', repaint);
  const theme = new MutationObserver(repaint);
  theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return {
    plot,
    destroy: () => {
      observer.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', repaint);
      plot.destroy();
      probe.remove();
    },
  };
}

function drawMarks(plot: uPlot, marks: NonNullable<PlotProps['marks']>, colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at } of marks) {
    const x = plot.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/**
 * Lays the links of marks over the plot. They are for the mouse: whoever uses the keyboard finds the same in lists, since
 * nothing of a drawing takes the focus.
 */
function placeLinks(plot: uPlot, marks: NonNullable<PlotProps['marks']>): void {
  for (const link of plot.over.querySelectorAll('.plot-mark')) link.remove();
  const width = plot.over.clientWidth;
  for (const { at, label, href } of marks) {
    const x = plot.valToPos(at / 1000, 'x');
    if (href === undefined || x < 0 || x > width) continue;
    const link = document.createElement('a');
    link.className = 'plot-mark';
    link.href = href;
    link.title = label;
    link.tabIndex = -1;
    link.style.left = `${x}px`;
    // To press on a mark is not to drag over the plot.
    link.addEventListener('mousedown', (event) => event.stopPropagation());
    plot.over.append(link);
  }
}

/** The times below the plot, as the rest of the page writes them; the day where it is another than before. */
function timesOf(
  _plot: uPlot,
  instants: number[],
  _axis: number,
  _space: number,
  stepSeconds: number,
): string[] {
  let dayBefore = '';
  return instants.map((seconds) => {
    const day = formatDay(seconds * 1000);
    const isNewDay = day !== dayBefore;
    dayBefore = day;
    if (stepSeconds >= 86_400) return day;
    const time = formatClock(seconds * 1000).slice(0, stepSeconds < 60 ? 8 : 5);
    return isNewDay ? `${time}\n${day}` : time;
  });
}
