import type { Bar, Measurement, Quantity } from './measurement.ts';

/** What one row showed, or why it showed nothing. */
export interface RowResult {
  readonly title: string;
  readonly measurements: readonly Measurement[];
  readonly failure?: string;
}

/** The lines of one row for a terminal. */
export function printedRow({ title, measurements, failure }: RowResult): string {
  const lines = measurements.map((one) => {
    const { what, ours, against, ratio, bar, isMet, note } = one;
    const held = `${quantity(ours)} against ${quantity({ ...ours, value: against.value })} (${against.name})`;
    const verdict = bar === undefined ? '' : `, bar ${barText(bar)}: ${isMet ? 'met' : 'MISSED'}`;
    return `  ${what}: ${held}, ratio ${number(ratio)}${verdict}${note === undefined ? '' : `\n    ${note}`}`;
  });
  return [title, ...lines, ...(failure === undefined ? [] : [`  FAILED: ${failure}`])].join('\n');
}

/** The page of results, in Markdown. */
export function resultsPage(
  facts: readonly [string, string][],
  results: readonly RowResult[],
  day: string,
): string {
  const all = results.flatMap(({ measurements }) => measurements).filter(({ bar }) => bar !== undefined);
  const missed = all.filter(({ isMet }) => isMet !== true);
  const failed = results.filter(({ failure }) => failure !== undefined);
  return `# Results of the benchmarks

Written by \`npm run bench\` on ${day}; numbers of another machine differ, their ratios less so. A ratio is ours divided by
the other, both taken in the same run. Lines without a bar only inform.

${verdict(all.length, missed, failed)}

| | |
|---|---|
${facts.map(([name, value]) => `| ${name} | ${value} |`).join('\n')}
${results.map(section).join('')}`;
}

function verdict(count: number, missed: readonly Measurement[], failed: readonly RowResult[]): string {
  const parts = [`**${count - missed.length} of ${count} bars are met.**`];
  for (const { what, ratio, bar } of missed) {
    parts.push(
      `Missed: ${what}, with a ratio of ${number(ratio)} where ${bar === undefined ? '' : barText(bar)} is asked.`,
    );
  }
  for (const { title, failure } of failed) parts.push(`Not measured: ${title} (${failure}).`);
  return parts.join('\n');
}

function section({ title, measurements, failure }: RowResult): string {
  const rows = measurements.map(({ what, ours, against, ratio, bar, isMet }) => {
    const other = `${quantity({ ...ours, value: against.value })} (${against.name})`;
    const met = bar === undefined ? '' : isMet ? 'met' : '**missed**';
    return `| ${what} | ${quantity(ours)} | ${other} | ${number(ratio)} | ${bar === undefined ? '' : barText(bar)} | ${met} |`;
  });
  const notes = measurements.flatMap(({ what, note }) => (note === undefined ? [] : [`- ${what}: ${note}.`]));
  return `
## ${title}

${failure === undefined ? '' : `Not measured: ${failure}\n`}${rows.length === 0 ? '' : `| what | ours | against | ratio | bar | |\n|---|--:|--:|--:|---|---|\n${rows.join('\n')}\n`}${notes.length === 0 ? '' : `\n${notes.join('\n')}\n`}`;
}

function barText(bar: Bar): string {
  return 'atLeast' in bar ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`;
}

function quantity({ value, unit }: Quantity): string {
  return `${number(value)}${unit.startsWith('/') ? '' : ' '}${unit}`;
}

/** Three digits that count, or all of a whole number. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
