import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '@node-rs/argon2';
import { hashPassword, newPassword, verifyPassword } from '../../src/access/passwords.ts';

test('a password is kept as argon2id with 19 MiB, 2 passes and 1 lane', async () => {
  const hash = await hashPassword('correct horse');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  const { memoryCost, timeCost, parallelism, outputLen, saltLen } = parseOptions(hash);
  assert.deepEqual(
    { memoryCost, timeCost, parallelism, outputLen, saltLen },
    { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32, saltLen: 16 },
  );
});

test('the same password has another hash each time, and each verifies it alone', async () => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  assert.notEqual(one, two);
  assert.equal(await verifyPassword('correct horse', one), true);
  assert.equal(await verifyPassword('correct horse', two), true);
  assert.equal(await verifyPassword('correct horsE', one), false);
});

test('a password typed with composed or with combining characters is the same', async () => {
  const hash = await hashPassword('cr\u00e8me br\u00fbl\u00e9e');
  assert.equal(await verifyPassword('cre\u0300me bru\u0302le\u0301e', hash), true);
});

test('a password that is empty, short or over-long is refused with the limit', async () => {
  await assert.rejects(hashPassword(''), { code: 'invalid_input', message: /at least 8 characters/ });
  await assert.rejects(hashPassword('1234567'), { code: 'invalid_input', message: /at least 8 characters/ });
  await assert.rejects(hashPassword('ü'.repeat(513)), { code: 'invalid_input', message: /1024 bytes/ });
  assert.match(await hashPassword('ü'.repeat(512)), /^\$argon2id/);
});

test('an over-long or empty password never verifies, whoever it is for', async () => {
  const hash = await hashPassword('x'.repeat(1024));
  assert.equal(await verifyPassword('x'.repeat(1024), hash), true);
  assert.equal(await verifyPassword('x'.repeat(1025), hash), false);
  assert.equal(await verifyPassword('', hash), false);
});

test('nobody can sign in where there is no hash', async () => {
  assert.equal(await verifyPassword('correct horse', undefined), false);
});

test('a random password has 192 bits and never repeats', () => {
  const made = new Set(Array.from({ length: 100 }, newPassword));
  assert.equal(made.size, 100);
  for (const password of made) assert.match(password, /^[\w-]{32}$/);
});
