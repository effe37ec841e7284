import Table, { type CharName } from 'cli-table3';
import { visible } from '../core/visible.ts';
import type { OutputStream, Terminal } from './terminal.ts';

/** One column of a table: its heading, and the text of a row's cell. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
  readonly align?: 'left' | 'right';
  /** Never cut, because people copy it: an id. */
  readonly whole?: boolean;
  /** Left out at a terminal that is too narrow for all columns; elsewhere always there. */
  readonly optional?: boolean;
  /** Colours the cell; it is given text that is safe already. */
  readonly paint?: (text: string, row: Row) => string;
}

/** Columns stand apart by two blanks; no lines are drawn but the one below the headings. */
const noLines: Record<CharName, string> = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};
/** Characters that take two cells of a terminal: those of East Asia and pictures. */
export const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/gu;
/** Narrower than this a column says nothing. */
const leastWidth = 6;

/**
 * The text of a table, ending in a line feed. At a terminal it is ruled and cut to its width; elsewhere it is aligned
 * text with nothing cut, one row a line, for grep and awk. Cells are made safe to print here.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  allColumns: readonly Column<Row>[],
  terminal: Pick<Terminal, 'colors'> & { readonly stdout: Pick<OutputStream, 'isTTY' | 'columns'> },
): string {
  const { dim, bold } = terminal.colors;
  const width = terminal.stdout.isTTY === true ? (terminal.stdout.columns ?? 80) : undefined;
  const measured = allColumns.map((column) => measure(column, rows));
  const shown = width === undefined ? measured : fit(measured, width);
  const table = new Table({
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: shown.map(({ column }) => column.align ?? 'left'),
    ...(width === undefined ? {} : { colWidths: shown.map((column) => column.width) }),
  });
  table.push(shown.map(({ column: { title } }) => bold(width === undefined ? title.toUpperCase() : title)));
  for (const [index, row] of rows.entries()) {
    table.push(
      shown.map(
        ({ column, cells }) => column.paint?.(cells[index] as string, row) ?? (cells[index] as string),
      ),
    );
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  if (width !== undefined) lines.splice(1, 0, dim('─'.repeat(Math.min(width, totalOf(shown)))));
  return `${lines.join('\n')}\n`;
}

/** A column with the safe texts of its cells, and how wide it is. */
interface Measured<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): Measured<Row> {
  const cells = rows.map((row) => visible(String(column.value(row) ?? '-')));
  const width = cells.reduce(
    (most, text) => Math.max(most, text.replace(wide, 'xx').length),
    column.title.length,
  );
  return { column, cells, width };
}

const between = 2;

function totalOf(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width + between, -between);
}

/** Leaves out optional columns, the last first, then takes from the widest one cell at a time, until all fit. */
function fit<Row>(measured: readonly Measured<Row>[], room: number): Measured<Row>[] {
  const kept = [...measured];
  while (totalOf(kept) > room) {
    const last = kept.findLastIndex(({ column }) => column.optional === true);
    if (last < 0) break;
    kept.splice(last, 1);
  }
  for (let excess = totalOf(kept) - room; excess > 0; excess--) {
    const widest = kept.reduce(
      (most, one) => (isCuttable(one) && one.width > (most?.width ?? leastWidth) ? one : most),
      undefined as Measured<Row> | undefined,
    );
    if (widest === undefined) break;
    kept[kept.indexOf(widest)] = { ...widest, width: widest.width - 1 };
  }
  return kept;
}

function isCuttable<Row>({ column }: Measured<Row>): boolean {
  return column.whole !== true;
}

/** A list of names and values, one a line, the values aligned. Values are made safe to print here. */
export function renderFacts(
  facts: readonly (readonly [string, string | number | undefined])[],
  terminal: Pick<Terminal, 'colors'>,
): string {
  const shown = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
  return shown
    .map(([name, value]) => `${terminal.colors.dim(name.padEnd(width))}${visible(String(value))}\n`)
    .join('');
}
