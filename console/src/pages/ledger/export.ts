import { canonicalJson } from '../../../../src/core/canonical-json.ts';
import { type Entry, eachPage, type Filter } from './entries.ts';

export type ExportForm = 'csv' | 'ndjson';

const columns: readonly (readonly [name: string, of: (entry: Entry) => string | number])[] = [
  ['seq', ({ seq }) => seq],
  ['at', ({ at }) => at],
  ['by_kind', ({ by }) => by.kind],
  ['by_id', ({ by }) => by.id],
  ['by_name', ({ by }) => by.name],
  ['face', ({ face }) => face],
  ['from', ({ from }) => from ?? ''],
  ['reason', ({ reason }) => reason],
  ['selector', ({ selector }) => canonicalJson(selector)],
  ['matched', ({ matched }) => matched],
  ['swept', ({ sweep }) => sweep.swept],
  ['swept_at', ({ sweep }) => sweep.sweptAt ?? ''],
  ['previous_hash', ({ previousHash }) => previousHash],
  ['hash', ({ hash }) => hash],
];

/**
 * One value of a CSV (RFC 4180). A spreadsheet would carry out a text that begins like a formula, and whoever is signed in
 * somewhere chooses texts that end up here, so an apostrophe is put before it.
 */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const harmless = /^[\s]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}

/** The line of an entry, with its end. */
export function csvLine(entry: Entry): string {
  return `${columns.map(([, of]) => csvCell(of(entry))).join(',')}\r\n`;
}

/** The first line. Spreadsheets tell by the mark before it that UTF-8 follows. */
export const csvHead = `\ufeff${columns.map(([name]) => csvCell(name)).join(',')}\r\n`;

/**
 * Makes a file of the ledger as a filter shows it, page by page: the texts go to the browser as they come, which keeps a
 * large file outside of memory.
 * @throws CurfewError, or as fetch does when it was stopped
 */
export async function exportLedger(
  form: ExportForm,
  filter: Filter,
  signal: AbortSignal,
  onProgress: (count: number) => void,
): Promise<number> {
  const parts: Blob[] = form === 'csv' ? [new Blob([csvHead])] : [];
  let count = 0;
  for await (const page of eachPage(filter, signal)) {
    const lines = page.map((entry) => (form === 'csv' ? csvLine(entry) : `${JSON.stringify(entry)}\n`));
    parts.push(new Blob([lines.join('')]));
    count += page.length;
    onProgress(count);
  }
  const type = form === 'csv' ? 'text/csv;charset=utf-8' : 'application/x-ndjson';
  offer(new Blob(parts, { type }), `curfew-ledger-${new Date().toISOString().slice(0, 10)}.${form}`);
  return count;
}

function offer(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
