import { visible } from '../../core/visible.ts';
import { wide } from '../table.ts';

/** How many cells of a terminal a text takes. */
export function widthOf(text: string): number {
  return (
    text.length - (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0) + (text.match(wide)?.length ?? 0)
  );
}

/** The text made safe to print, cut or filled up to exactly so many cells. */
export function fitted(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = shortened(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'right' ? `${blanks}${shown}` : `${shown}${blanks}`;
}

/** The text made safe to print, in at most so many cells. */
export function shortened(text: string, width: number): string {
  const safe = visible(text);
  if (widthOf(safe) <= width) return safe;
  let taken = '';
  let used = 0;
  for (const letter of safe) {
    used += widthOf(letter);
    if (used > width - 1) break;
    taken += letter;
  }
  return width < 1 ? '' : `${taken}…`;
}

const heights = '▁▂▃▄▅▆▇█';

/** Counts as a line of small bars, the greatest of them full; a blank stands for none. */
export function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : (heights[Math.ceil((count / most) * heights.length) - 1] ?? ' ')))
    .join('');
}
