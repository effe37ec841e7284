import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { type Column, renderTable } from '../../src/cli/table.ts';
import { type OutputStream, wantsColor } from '../../src/cli/terminal.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'Name', value: ({ name }) => name },
  { title: 'Count', value: ({ count }) => count, align: 'right' },
];
const plain = { colors: picocolors.createColors(false), stdout: {} };

test('away from a terminal a table is aligned text without lines, colours or cuts', () => {
  const long = 'x'.repeat(200);
  const text = renderTable(
    [
      { name: 'ann', count: 5 },
      { name: long, count: 12 },
    ],
    columns,
    plain,
  );
  const lines = text.split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0] as string, /^NAME +COUNT$/);
  assert.ok(lines[2]?.startsWith(long));
  assert.match(text, /^[\x20-\x7e\n]*$/);
});

test('a cell never breaks a row or reaches the terminal raw', () => {
  const text = renderTable([{ name: 'a\nb\u001b[31m', count: 1 }], columns, plain);
  assert.equal(text.split('\n').length, 3);
  assert.ok(text.includes('a\\nb\\x1b[31m'));
});

test('at a terminal no row is wider than it', () => {
  const terminal = { colors: picocolors.createColors(false), stdout: { isTTY: true, columns: 40 } };
  const text = renderTable([{ name: 'long '.repeat(40), count: 1 }], columns, terminal);
  for (const line of text.split('\n')) assert.ok([...line].length <= 40, line);
});

test('a narrow terminal loses optional columns first, and never part of an id', () => {
  const id = '0b0f6d3e-5d0c-4b5e-9f0a-3c1d2e4f5a6b';
  const wide: readonly Column<Row>[] = [
    { title: 'Id', value: () => id, whole: true },
    { title: 'Made', value: () => '2031-05-01 10:00:00Z', optional: true },
    ...columns,
  ];
  const rows = [{ name: 'a name that is long', count: 1 }];
  const at = (width: number) =>
    renderTable(rows, wide, { ...plain, stdout: { isTTY: true, columns: width } });
  assert.match(at(100), /Made/);
  assert.doesNotMatch(at(60), /Made/);
  for (const width of [100, 60, 55]) assert.ok(at(width).includes(id));
  assert.match(renderTable(rows, wide, plain), /MADE/);
});

test('colour goes to a terminal only, and NO_COLOR is respected', () => {
  const terminal = { isTTY: true } as OutputStream;
  assert.equal(wantsColor(terminal, {}), true);
  assert.equal(wantsColor(terminal, { NO_COLOR: '1' }), false);
  assert.equal(wantsColor(terminal, { TERM: 'dumb' }), false);
  assert.equal(wantsColor({} as OutputStream, {}), false);
});
