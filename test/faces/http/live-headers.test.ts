import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LiveHeaders } from '../../../src/faces/http/live-headers.ts';
import type { StoredSession } from '../../../src/session/store.ts';
import { aStoredSession } from '../../support/sessions.ts';

/** The value of a header in a flat list. */
function headerValue(headers: readonly string[], name: string): string | undefined {
  return headers[headers.indexOf(name) + 1];
}

const nameAndGroups = ({ username, accessGroups }: StoredSession): string[] => [
  'Remote-User',
  username,
  'Remote-Groups',
  accessGroups.join(','),
];

function groupsThrice(headers: LiveHeaders, session: StoredSession): (string | undefined)[] {
  return [1, 2, 3].map(() => headerValue(headers.of(session), 'Remote-Groups'));
}

it('a session that is checked again and again keeps its headers', () => {
  const headers = new LiveHeaders(nameAndGroups);
  const session = { ...aStoredSession(), accessGroups: ['read'] };
  headers.of(session);
  const second = headers.of(session);
  assert.equal(headers.of(session), second);
  assert.equal(headerValue(second, 'Remote-User'), session.username);
});

it('a row that was read anew speaks for itself, whatever was kept of it', () => {
  const headers = new LiveHeaders(nameAndGroups);
  const before = { ...aStoredSession(), accessGroups: ['administrator', 'read'] };
  const after = { ...before, accessGroups: ['read'] };
  assert.deepEqual(groupsThrice(headers, before), Array(3).fill('administrator,read'));
  assert.deepEqual(groupsThrice(headers, after), Array(3).fill('read'));
});

it('sessions whose numbers share a place do not get headers of each other', () => {
  const headers = new LiveHeaders(nameAndGroups);
  const one = { ...aStoredSession(), number: 5, username: 'ann' };
  const other = { ...aStoredSession(), number: 5 + 4 * 16_384, username: 'ben' };
  for (let round = 0; round < 3; round++) {
    assert.equal(headerValue(headers.of(one), 'Remote-User'), 'ann');
    assert.equal(headerValue(headers.of(other), 'Remote-User'), 'ben');
  }
});

it('however many sessions are checked, each gets its own headers', () => {
  const headers = new LiveHeaders(nameAndGroups);
  const many = Array.from({ length: 40_000 }, (_, number) => ({
    ...aStoredSession(),
    number: number + 1,
    username: `user-${number}`,
  }));
  for (let round = 0; round < 3; round++) {
    for (const session of many)
      assert.equal(headerValue(headers.of(session), 'Remote-User'), session.username);
  }
});
