import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../src/client/routes.ts';
import { operations } from '../../src/operations/table.ts';

test('the client knows every operation, by the method, path and headers of its binding', () => {
  const bindings = operations.map(({ name, http: { method, path, headers } }) => [
    name,
    { method, path, ...(headers === undefined ? {} : { headers }) },
  ]);
  assert.deepEqual({ ...routes }, Object.fromEntries(bindings));
});
