import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { CurfewError } from '../../src/core/errors.ts';
import { call } from '../../src/operations/call.ts';
import { operation } from '../../src/operations/operation.ts';
import { anAdministrator, callingOn, openAccess } from '../support/opened-access.ts';

const doubling = (run: (n: number) => unknown = (n) => ({ twice: 2 * n })) =>
  operation({
    name: 'test.double',
    summary: 'Doubles',
    http: { method: 'POST', path: '/v1/double' },
    permission: 'policy.read',
    input: z.strictObject({
      n: z.int().max(1_000_000),
      more: z.union([z.string(), z.strictObject({ a: z.int() })]).optional(),
    }),
    output: z.object({ twice: z.int() }),
    run: async ({ n }) => run(n) as { twice: number },
  });

async function calling(t: TestContext, run?: (n: number) => unknown) {
  const caller = callingOn(await openAccess(t));
  return (input: unknown, by = anAdministrator()) => caller(doubling(run), input, by);
}

test('an operation runs for a caller who holds its permission, and for no other', async (t) => {
  const callAs = await calling(t);
  assert.deepEqual(await callAs({ n: 4 }), { twice: 8 });
  assert.deepEqual(await callAs({ n: 4 }, anAdministrator({ accessGroups: ['read'] })), { twice: 8 });
  await assert.rejects(callAs({ n: 4 }, anAdministrator({ accessGroups: ['guests'] })), {
    code: 'forbidden',
  });
});

test('whoever may not call learns nothing of what is wrong with the input', async (t) => {
  const callAs = await calling(t);
  await assert.rejects(callAs({ nonsense: true }, anAdministrator({ accessGroups: [] })), {
    code: 'forbidden',
  });
});

test('nobody is told how to become somebody', async (t) => {
  const { store, clock, registry, access } = await openAccess(t);
  const services = { store, clock, registry, access, backupDirectory: '', version: '', startedAt: 0 };
  await assert.rejects(
    call(doubling(), { n: 1 }, { caller: undefined, face: 'http', services: services as never }),
    {
      code: 'unauthenticated',
      message: /test\.double needs to know who calls/,
    },
  );
});

test('every fault of an input is told by path, without its value', async (t) => {
  const callAs = await calling(t);
  const faultsOf = async (input: unknown) => {
    try {
      await callAs(input);
    } catch (error) {
      assert.ok(error instanceof CurfewError && error.code === 'invalid_input');
      assert.ok(!error.message.includes('hunter2'));
      return error.details.faults;
    }
    return assert.fail('it was accepted');
  };
  assert.deepEqual(await faultsOf({}), [{ path: 'n', message: 'is missing' }]);
  assert.deepEqual(await faultsOf({ n: 1, password: 'hunter2' }), [
    { path: 'password', message: 'is not a known field; known are n, more' },
  ]);
  assert.equal((await faultsOf({ n: 'hunter2' }))?.[0]?.path, 'n');
  assert.equal((await faultsOf({ n: 1, more: { a: 'hunter2' } }))?.[0]?.path, 'more.a');
  assert.equal((await faultsOf({ n: 1, more: { a: 1, b: 2 } }))?.[0]?.path, 'more.b');
  assert.equal((await faultsOf('hunter2'))?.length, 1);
});

test('what the schema of the answer does not name leaves nobody', async (t) => {
  const callAs = await calling(t, () => ({ twice: 2, tokenHash: 'secret' }));
  assert.deepEqual(await callAs({ n: 1 }), { twice: 2 });
});

test('an answer that breaks its schema, and anything thrown by mistake, is internal and shows nothing', async (t) => {
  const wrongAnswer = await calling(t, () => ({ twice: 'secret' }));
  const mistake = await calling(t, () => {
    throw new TypeError('secret');
  });
  for (const callAs of [wrongAnswer, mistake]) {
    await assert.rejects(callAs({ n: 1 }), (error: CurfewError) => {
      assert.equal(error.code, 'internal');
      assert.ok(!error.message.includes('secret'));
      assert.ok(error.cause instanceof Error);
      return true;
    });
  }
});
