import Table, { type CharName } from 'cli-table3';
import type { OutputStream, Terminal } from './terminal.ts';
import { visible } from './visible.ts';

/** One column of a table: its heading, and the text of a row's cell. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
  readonly align?: 'left' | 'right';
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
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/gu;
/** Narrower than this a column says nothing. */
const leastWidth = 6;

/**
 * The text of a table, ending in a line feed. At a terminal it is ruled and cut to its width; elsewhere it is aligned
 * text with nothing cut, one row a line, for grep and awk. Cells are made safe to print here.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Pick<Terminal, 'colors'> & { readonly stdout: Pick<OutputStream, 'isTTY' | 'columns'> },
): string {
  const isTerminal = terminal.stdout.isTTY === true;
  const { dim, bold } = terminal.colors;
  const cells = rows.map((row) => columns.map(({ value }) => visible(String(value(row) ?? '-'))));
  const widths = columns.map((column, index) => Math.max(column.title.length, ...lengths(cells, index)));
  const fitted = isTerminal ? fit(widths, (terminal.stdout.columns ?? 80) - 2 * columns.length) : undefined;
  const table = new Table({
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
    ...(fitted === undefined ? {} : { colWidths: fitted }),
  });
  table.push(columns.map(({ title }) => bold(isTerminal ? title : title.toUpperCase())));
  for (const [index, texts] of cells.entries()) {
    table.push(texts.map((text, column) => columns[column]?.paint?.(text, rows[index] as Row) ?? text));
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  if (isTerminal)
    lines.splice(1, 0, dim('─'.repeat(Math.min(terminal.stdout.columns ?? 80, total(fitted ?? widths)))));
  return `${lines.join('\n')}\n`;
}

function* lengths(cells: readonly string[][], column: number): Generator<number> {
  for (const row of cells) yield (row[column] ?? '').replace(wide, 'xx').length;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

/** Takes from the widest columns, one cell at a time, until all fit. */
function fit(widths: readonly number[], room: number): number[] {
  const fitted = [...widths];
  let excess = fitted.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...fitted);
    if (widest <= leastWidth) break;
    fitted[fitted.indexOf(widest)] = widest - 1;
    excess--;
  }
  return fitted;
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
