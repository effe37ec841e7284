import type { Column } from './virtual-table.tsx';

/** As in `grid-template-columns`. */
export function widthOf({ rem, grow }: Pick<Column<never>, 'rem' | 'grow'>): string {
  return grow === undefined ? `${rem}rem` : `minmax(${rem}rem, ${grow}fr)`;
}

/**
 * The columns that there is room for, in their order. Those that may go do so one by one, the most expendable first; those
 * that may not stay, and the table is scrolled sideways where even they are too wide.
 * @param room in rem, as the columns measure
 */
export function fittingColumns<Of extends Pick<Column<never>, 'rem' | 'expendable'>>(
  columns: readonly Of[],
  room: number,
): readonly Of[] {
  let left = columns;
  while (left.reduce((sum, { rem }) => sum + rem, 0) > room) {
    const next = left.reduce<Of | undefined>(
      (found, one) => ((one.expendable ?? 0) > (found?.expendable ?? 0) ? one : found),
      undefined,
    );
    if (next === undefined) return left;
    left = left.filter((one) => one !== next);
  }
  return left;
}
