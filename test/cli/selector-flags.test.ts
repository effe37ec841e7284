import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCondition, selectorFromFlags } from '../../src/cli/selector-flags.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { parseSelector } from '../../src/session/selector.ts';

const now = Date.parse('2031-05-01T10:00:00.000Z');
const id = '0b0f6d3e-5d0c-4b5e-9f0a-3c1d2e4f5a6b';

test('the flags make a selector that the server takes as it stands', () => {
  const selector = selectorFromFlags(
    {
      realm: 'shop',
      username: 'ann',
      subject: 'cn=ann',
      providerType: 'ldap',
      providerNotType: ['basic'],
      providerName: 'corp',
      providerSession: '_sid 1',
      adminId: '0',
      accessGroup: 'read',
      app: 'till',
      ip: '192.0.2.0/24',
      createdFrom: '2h ago',
      createdTo: 'now',
      lastAccessFrom: '2031-05-01T09:00:00Z',
      lastAccessTo: '2031-05-01T09:30:00Z',
      providerConfigVersionBelow: '3',
      session: [id.toUpperCase()],
      except: [id],
    },
    now,
  );
  assert.deepEqual(parseSelector(selector), {
    realm: 'shop',
    sessionIds: [id],
    username: 'ann',
    subject: 'cn=ann',
    provider: { type: 'ldap', notTypes: ['basic'], name: 'corp' },
    providerSession: '_sid 1',
    adminId: 0,
    accessGroup: 'read',
    app: 'till',
    ip: '192.0.2.0/24',
    createdFrom: '2031-05-01T08:00:00.000Z',
    createdTo: '2031-05-01T10:00:00.000Z',
    lastAccessFrom: '2031-05-01T09:00:00.000Z',
    lastAccessTo: '2031-05-01T09:30:00.000Z',
    providerConfigVersionBelow: 3,
    except: [id],
  });
});

test('an empty value is refused rather than dropped, which would widen the selection', () => {
  for (const flags of [
    { username: '' },
    { providerName: '' },
    { providerNotType: [''] },
    { session: [''] },
    { realm: '' },
    { createdTo: '' },
  ]) {
    assert.throws(
      () => selectorFromFlags(flags, now),
      (error) =>
        error instanceof CurfewError && error.code === 'invalid_input' && /is empty/.test(error.message),
      JSON.stringify(flags),
    );
  }
});

test('a realm or exceptions alone are no condition', () => {
  assert.equal(hasCondition(selectorFromFlags({}, now)), false);
  assert.equal(hasCondition(selectorFromFlags({ realm: 'shop', except: [id] }, now)), false);
  assert.equal(hasCondition(selectorFromFlags({ all: true, realm: 'shop' }, now)), true);
  assert.equal(hasCondition(selectorFromFlags({ app: 'till' }, now)), true);
});

test('flags of other parts of the command line do not matter', () => {
  assert.equal(selectorFromFlags({ url: '', reason: '', limit: '' } as object, now), undefined);
});
