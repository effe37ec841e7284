import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CurfewError, type ErrorRow, errorTable, toCurfewError } from '../../src/core/errors.ts';

const rows: [code: string, row: ErrorRow][] = Object.entries(errorTable);

describe('the table of errors', () => {
  for (const [code, row] of rows) {
    it(`${code} has a form on every face`, () => {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      assert.ok(Number.isInteger(row.http) && row.http >= 400 && row.http <= 599, `http ${row.http}`);
      assert.match(row.element, /^x[A-Z][A-Za-z]+$/);
      assert.ok(Number.isInteger(row.ibm) && row.ibm > 0 && row.ibm <= 0xffff_ffff, `ibm ${row.ibm}`);
      // 126 and above mean something else to a shell.
      assert.ok(Number.isInteger(row.exit) && row.exit >= 1 && row.exit <= 125, `exit ${row.exit}`);
      assert.match(row.title, /^[A-Z].*[^.]$/);
    });
  }

  it('no two codes say the same to a person', () => {
    const titles = rows.map(([, row]) => row.title);
    assert.deepEqual(titles, [...new Set(titles)]);
  });
});

describe('an error of Curfew', () => {
  it('keeps its code, message, details and cause', () => {
    const cause = new Error('disk');
    const error = new CurfewError('store_full', 'No room.', { retryAfterSeconds: 5 }, { cause });
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.message, error.details, error.cause],
      ['CurfewError', 'store_full', 'No room.', { retryAfterSeconds: 5 }, cause],
    );
  });

  it('stays itself when it is turned into one', () => {
    const error = new CurfewError('conflict', 'It is there.');
    assert.equal(toCurfewError(error), error);
  });

  it('made from anything else is internal, keeps the cause, and shows nothing of it', () => {
    for (const thrown of [new Error('password=hunter2'), 'hunter2', undefined, null, { hunter2: 1 }]) {
      const error = toCurfewError(thrown);
      assert.equal(error.code, 'internal');
      assert.equal(error.cause, thrown);
      assert.ok(!error.message.includes('hunter2') && !JSON.stringify(error.details).includes('hunter2'));
    }
  });
});
