import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { issueText } from '../../src/core/issue-text.ts';
import { faultsOf } from '../../src/operations/faults.ts';
import { operations } from '../../src/operations/table.ts';

/** What no field takes, or only some do: too long, too short, too many, too great, of another type. */
const wrongValues: readonly unknown[] = [
  '',
  'x'.repeat(1_000_000),
  '\u0007',
  -1,
  1e9,
  1.5,
  true,
  null,
  {},
  { '': 1 },
  { ['n'.repeat(300)]: 'x' },
  { name: 'x'.repeat(70_000) },
  [],
  [''],
  Array.from({ length: 2000 }, (_, n) => `${n}`),
];

const rawText = /^(too (big|small)|invalid)|expected (string|array|number|object|record|boolean)|>=|<=/i;

test('whatever is wrong in a field of an operation is said in words, never in those of the schema library', () => {
  let seen = 0;
  for (const { name, input } of operations) {
    if (!(input instanceof z.ZodObject)) continue;
    for (const field of Object.keys(input.shape)) {
      for (const value of wrongValues) {
        const given = { [field]: value };
        const parsed = input.safeParse(given, { error: issueText });
        if (parsed.success) continue;
        for (const { path, message } of faultsOf(parsed.error, input, given)) {
          seen++;
          assert.doesNotMatch(message, rawText, `${name} ${path}`);
        }
      }
    }
  }
  assert.ok(seen > 1000, `only ${seen} faults were found`);
});

test('a length is said with what it counts', () => {
  const schema = z.strictObject({
    name: z.string().min(3).max(1024),
    groups: z.array(z.string()).min(1).max(1000),
    order: z.int().min(0).max(1_000_000),
    kind: z.enum(['one', 'other']),
    facts: z.record(z.string().max(4), z.string()),
  });
  const wordsFor = (given: Record<string, unknown>): string[] => {
    const parsed = schema.partial().safeParse(given, { error: issueText });
    return faultsOf(parsed.error as z.ZodError, schema, given).map(({ message }) => message);
  };
  const many = Array.from({ length: 1001 }, () => 'x');
  assert.deepEqual(wordsFor({ name: 'x'.repeat(1025) }), ['expected at most 1,024 characters']);
  assert.deepEqual(wordsFor({ name: 'x' }), ['expected at least 3 characters']);
  assert.deepEqual(wordsFor({ groups: many }), ['expected at most 1,000 entries']);
  assert.deepEqual(wordsFor({ groups: [] }), ['expected at least 1 entry']);
  assert.deepEqual(wordsFor({ order: 1_000_001 }), ['expected a number of at most 1,000,000']);
  assert.deepEqual(wordsFor({ order: -1 }), ['expected a number of at least 0']);
  assert.deepEqual(wordsFor({ kind: 'none' }), ['expected one of one, other']);
  assert.deepEqual(wordsFor({ facts: { fifth: 'x' } }), [
    'holds a name that is not right: expected at most 4 characters',
  ]);
});
