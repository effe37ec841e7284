import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { formsOf } from '../../src/operations/formed.ts';
import { operation } from '../../src/operations/operation.ts';
import { sessionForm, sessionSchema } from '../../src/operations/session-form.ts';
import { anAdministrator, callingOn, openAccess } from '../support/opened-access.ts';
import { aSession } from '../support/sessions.ts';

const listing = (items: () => unknown[]) =>
  operation({
    name: 'test.items',
    summary: 'Lists',
    http: { method: 'GET', path: '/v1/items' },
    permission: 'policy.read',
    input: z.strictObject({}),
    output: z.object({ items: z.array(z.object({ n: z.int() })) }),
    run: async () => ({ items: items() as { n: number }[] }),
  });

const hundred = Array.from({ length: 100 }, (_, n) => ({ n, tokenHash: 'secret' }));

test('a long list that one function made is answered whole', async (t) => {
  const callAs = callingOn(await openAccess(t));
  const items = () => formsOf(hundred, ({ n }) => ({ n }));
  assert.deepEqual(await callAs(listing(items), {}, anAdministrator()), {
    items: hundred.map(({ n }) => ({ n })),
  });
});

test('a long list is answered without what its schema does not name', async (t) => {
  const callAs = callingOn(await openAccess(t));
  const answer = await callAs(
    listing(() => [...hundred]),
    {},
    anAdministrator(),
  );
  assert.deepEqual(answer, { items: hundred.map(({ n }) => ({ n })) });
});

test('a list whose function makes what the schema does not allow is not answered', async (t) => {
  const callAs = callingOn(await openAccess(t));
  const items = () => formsOf(hundred, ({ n }) => ({ n: `no ${n}` }));
  await assert.rejects(callAs(listing(items), {}, anAdministrator()), { code: 'internal' });
});

test('the form of a session holds what its schema names and nothing beside', () => {
  const strict = z.strictObject(sessionSchema.shape);
  const full = {
    ...aSession({
      app: 'mail',
      providerSession: 'sid',
      accessGroups: ['read'],
      adminIds: [1],
      attributes: { city: 'Bonn' },
      client: { ip: '192.0.2.1', userAgent: 'curl/8' },
    }),
    number: 7,
    ended: { at: 1, reason: 'revoked', revocation: 3 },
    tokenHash: 'secret',
  } as const;
  assert.deepEqual(
    Object.keys(strict.parse(sessionForm(full))).sort(),
    Object.keys(sessionSchema.shape).sort(),
  );
  strict.parse(sessionForm({ ...aSession(), number: 8 }));
});
