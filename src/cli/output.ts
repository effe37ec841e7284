import { visibleJson } from '../core/visible.ts';
import type { Invocation } from './invocation.ts';
import { type Column, renderTable } from './table.ts';
import { type Terminal, write } from './terminal.ts';

/** Prints a result: as JSON with --json, else as the text for people. */
export async function printObject(
  { flags, terminal }: Invocation,
  value: unknown,
  text: () => string,
): Promise<void> {
  await write(terminal.stdout, flags.json ? `${visibleJson(value, 2)}\n` : text());
}

/** How many rows are laid out together; a longer list has its heading again. */
const chunk = 1000;

/**
 * Prints a list: with --json one object a line (NDJSON), else a table. A long list is printed as it comes.
 * @param empty what to say, on standard error, when there is nothing
 * @returns how many there were
 */
export async function printList<Row>(
  { flags, terminal }: Invocation,
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: readonly Column<Row>[],
  empty: string,
): Promise<number> {
  let count = 0;
  let waiting: Row[] = [];
  const flush = async () => {
    if (waiting.length > 0) await write(terminal.stdout, renderTable(waiting, columns, terminal));
    waiting = [];
  };
  for await (const row of rows) {
    count++;
    if (flags.json) await write(terminal.stdout, `${visibleJson(row)}\n`);
    else if (waiting.push(row) === chunk) await flush();
  }
  await flush();
  if (count === 0 && !flags.json) await say(terminal, empty);
  return count;
}

/** Says something beside the result, on standard error. */
export async function say(terminal: Terminal, text: string): Promise<void> {
  await write(terminal.stderr, `${text}\n`);
}

/** Says what the person should not overlook. */
export async function warn(terminal: Terminal, text: string): Promise<void> {
  await say(terminal, `${terminal.errorColors.yellow('warning:')} ${text}`);
}
