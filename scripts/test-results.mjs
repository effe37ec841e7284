/**
 * A reporter for `node --test` that writes one JSON line per finished test: `{outcome, name, file, reason}`. Suites
 * and files count only when they failed for a reason of their own (a hook, a crash, a time-out), since their tests
 * are counted themselves.
 */
import { resolve } from 'node:path';

/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* results(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isContainer = data.details?.type === 'suite' || isFile(data);
    const failure = type === 'test:fail' && data.todo === undefined ? failureType(data) : undefined;
    if (isContainer && (failure === undefined || failure === 'subtestsFailed')) continue;
    const skipped = data.skip !== undefined && data.skip !== false;
    const outcome = failure !== undefined ? 'failed' : skipped ? 'skipped' : 'passed';
    const reason = typeof data.skip === 'string' ? data.skip : '';
    yield `${JSON.stringify({ outcome, name: data.name, file: data.file ?? '', reason })}\n`;
  }
}

/** @param {{ nesting: number, name: string, file?: string }} data */
function isFile({ nesting, name, file }) {
  return (
    nesting === 0 &&
    (name === file || (file !== undefined && resolve(name) === file) || name.endsWith('.test.js'))
  );
}

/** @param {{ details?: { error?: { failureType?: string } } }} data */
function failureType(data) {
  return data.details?.error?.failureType ?? 'unknown';
}
