import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAge, formatDuration, parseDuration, parseInstant } from '../../src/cli/durations.ts';
import { CurfewError } from '../../src/core/errors.ts';

const now = Date.parse('2031-05-01T10:00:00.000Z');

test('durations are read with their units', () => {
  assert.equal(parseDuration('90s', '--x'), 90_000);
  assert.equal(parseDuration('1h30m', '--x'), 5_400_000);
  assert.equal(parseDuration('7d', '--x'), 604_800_000);
  assert.equal(parseDuration('250ms', '--x'), 250);
});

test('an instant is ISO with an offset, now, or a duration ago', () => {
  assert.equal(parseInstant('15m ago', now, '--x'), '2031-05-01T09:45:00.000Z');
  assert.equal(parseInstant('now', now, '--x'), '2031-05-01T10:00:00.000Z');
  assert.equal(parseInstant('2031-05-01T12:00:00+02:00', now, '--x'), '2031-05-01T10:00:00.000Z');
});

test('what could be read in two ways is refused, naming the flag', () => {
  for (const text of [
    '15m',
    '2031-05-01',
    '2031-05-01T10:00:00',
    'yesterday',
    '',
    'ago',
    '15 ago',
    '2031-13-01T10:00:00Z',
  ]) {
    assert.throws(
      () => parseInstant(text, now, '--created-from'),
      (error) =>
        error instanceof CurfewError &&
        error.code === 'invalid_input' &&
        error.message.startsWith('--created-from'),
      text,
    );
  }
  for (const text of ['15', 'm', '-5m', '1.5h', '999999999999999999d']) {
    assert.throws(
      () => parseDuration(text, '--idle'),
      (error) => error instanceof CurfewError && error.message.startsWith('--idle'),
      text,
    );
  }
});

test('durations and ages are told in the two largest units', () => {
  assert.equal(formatDuration(0), '0s');
  assert.equal(formatDuration(5_430_000), '1h 30m');
  assert.equal(formatDuration(90_061_000), '1d 1h');
  assert.equal(formatAge(now - 61_000, now), '1m 1s ago');
  assert.equal(formatAge(now + 60_000, now), 'in 1m');
});
