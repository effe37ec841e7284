import type uPlot from 'uplot';
import { formatCount, formatTime } from '../format.ts';

/**
 * Has the legend of a plot tell the values that are pointed at, and the latest ones while nothing is; dates as everywhere, for
 * the plot's own follow the language of the browser.
 */
export function tellValues(plot: uPlot): void {
  plot.series.forEach((series, index) => {
    const write = index === 0 ? (seconds: number) => formatTime(seconds * 1000) : formatCount;
    series.value = (_plot, pointedAt: number | null) => {
      const value = pointedAt ?? plot.data[index]?.at(-1);
      return value === null || value === undefined ? '' : write(value);
    };
  });
  // What it told before is told anew.
  plot.setLegend({ idx: null as unknown as number });
}
