import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  hashSecret,
  isKeySecret,
  isSessionToken,
  newKeySecret,
  newSessionToken,
} from '../../src/core/tokens.ts';

describe('tokens', () => {
  it('a session token is cfs_ and 256 bits in base64url', () => {
    const token = newSessionToken();
    assert.match(token, /^cfs_[A-Za-z0-9_-]{43}$/);
    assert.equal(Buffer.from(token.slice(4), 'base64url').length, 32);
  });

  it('a key secret is cfk_ and 256 bits in base64url', () => {
    assert.match(newKeySecret(), /^cfk_[A-Za-z0-9_-]{43}$/);
  });

  it('no two tokens are equal', () => {
    const tokens = new Set(Array.from({ length: 1000 }, newSessionToken));
    assert.equal(tokens.size, 1000);
  });

  it('a new token has the form of a session token, and a new key secret that of a key secret only', () => {
    assert.equal(isSessionToken(newSessionToken()), true);
    assert.equal(isSessionToken(newKeySecret()), false);
    assert.equal(isKeySecret(newKeySecret()), true);
    assert.equal(isKeySecret(newSessionToken()), false);
  });

  it('a text that is too short, too long or bears another prefix is no token', () => {
    const token = newSessionToken();
    for (const text of [
      '',
      'cfs_',
      token.slice(0, -1),
      `${token}a`,
      ` ${token.slice(1)}`,
      token.toUpperCase(),
    ]) {
      assert.equal(isSessionToken(text), false, JSON.stringify(text));
    }
  });

  it('what is kept of a token is its SHA-256', () => {
    assert.deepEqual(hashSecret('cfs_x'), createHash('sha256').update('cfs_x').digest());
  });
});
