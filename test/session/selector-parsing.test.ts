import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { parseSelector } from '../../src/session/selector.ts';

const id = '0b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e';
const noon = '2030-01-01T12:00:00Z';

/** The paths of the faults that reading an input finds, and what it says of them. */
function faultsOf(input: unknown, path?: string): { paths: string[]; message: string } {
  try {
    parseSelector(input, path);
  } catch (error) {
    assert.ok(error instanceof CurfewError);
    assert.equal(error.code, 'invalid_input');
    const faults = error.details.faults ?? [];
    for (const fault of faults) assert.ok(error.message.includes(`${fault.path}: ${fault.message}`));
    return { paths: faults.map((fault) => fault.path), message: error.message };
  }
  assert.fail(`${JSON.stringify(input)} was taken for a selector`);
}

describe('reading a selector', () => {
  const sound: unknown[] = [
    { all: true },
    { all: true, realm: 'eu', except: [id] },
    { username: 'ann' },
    { realm: 'eu', username: 'ann', except: [id] },
    { sessionIds: [id] },
    { provider: { type: 'saml' } },
    { provider: { name: 'corp' } },
    { provider: { types: ['basic', 'ldap'] } },
    { provider: { notTypes: ['basic'], name: 'corp' } },
    { realm: 'eu', providerSession: 'sid-1' },
    { provider: { type: 'saml', name: 'corp' }, providerSession: '_7 ü' },
    { adminId: 0, accessGroup: 'read', app: 'mail', subject: 'cn=ann' },
    { ip: '192.0.2.0/24' },
    { ip: '2001:db8::1' },
    { createdFrom: noon, createdTo: '2030-01-01T13:00:01+01:00' },
    { lastAccessFrom: '2030-01-01T12:00:00.001Z', lastAccessTo: '2030-01-02T12:00:00-05:00' },
    { providerConfigVersionBelow: 1 },
  ];
  for (const selector of sound) {
    it(`takes ${JSON.stringify(selector)} as it stands`, () => {
      assert.deepEqual(parseSelector(selector), selector);
    });
  }

  const faulty: [claim: string, input: unknown, ...paths: string[]][] = [
    ['nothing', undefined, 'selector'],
    ['null', null, 'selector'],
    ['a text', 'all', 'selector'],
    ['a list', [], 'selector'],
    ['an empty selector', {}, 'selector'],
    ['a realm alone', { realm: 'eu' }, 'selector'],
    ['except alone', { except: [id] }, 'selector'],
    ['realm and except without a condition', { realm: 'eu', except: [id] }, 'selector'],
    ['a condition that is undefined', { username: undefined }, 'selector'],
    ['all: false', { all: false }, 'selector.all'],
    ['all beside another condition', { all: true, username: 'ann' }, 'selector.all'],
    ['all beside a range', { all: true, createdTo: noon }, 'selector.all'],
    ['an unknown field', { user: 'ann' }, 'selector.user'],
    ['every unknown field', { user: 'ann', host: 'x' }, 'selector.user', 'selector.host'],
    ['an unknown field beside a known one', { username: 'ann', Username: 'ann' }, 'selector.Username'],
    ['a field of every object', { constructor: 1 }, 'selector.constructor'],
    ['a prototype', JSON.parse('{"__proto__":{"all":true},"all":true}'), 'selector.__proto__'],
    ['an unknown field of provider', { provider: { type: 'saml', id: 1 } }, 'selector.provider.id'],
    ['a provider without type and name', { provider: {} }, 'selector.provider'],
    ['no types', { provider: { types: [] } }, 'selector.provider.types'],
    ['an empty type among those not meant', { provider: { notTypes: [''] } }, 'selector.provider.notTypes.0'],
    ['a provider that is a text', { provider: 'saml' }, 'selector.provider'],
    ['null in place of a text', { username: null }, 'selector.username'],
    ['a number in place of a text', { app: 7 }, 'selector.app'],
    [
      "a provider's session alone, which may be of several providers",
      { providerSession: 'sid-1' },
      'selector.providerSession',
    ],
    [
      "a provider's session of more than 512 bytes",
      { realm: 'eu', providerSession: 'ü'.repeat(257) },
      'selector.providerSession',
    ],
    ["an empty provider's session", { realm: 'eu', providerSession: '' }, 'selector.providerSession'],
    ['no session ids', { sessionIds: [] }, 'selector.sessionIds'],
    ['a session id in capitals', { sessionIds: [id, id.toUpperCase()] }, 'selector.sessionIds.1'],
    ['a token in place of an id', { sessionIds: [`cfs_${'a'.repeat(43)}`] }, 'selector.sessionIds.0'],
    ['more than 1,000 session ids', { sessionIds: Array(1001).fill(id) }, 'selector.sessionIds'],
    ['no ids in except', { all: true, except: [] }, 'selector.except'],
    ['a fault in except', { all: true, except: ['x'] }, 'selector.except.0'],
    ['a negative adminId', { adminId: -1 }, 'selector.adminId'],
    ['a broken adminId', { adminId: 1.5 }, 'selector.adminId'],
    ['an adminId in text', { adminId: '1' }, 'selector.adminId'],
    ['an adminId beyond exact numbers', { adminId: 2 ** 53 }, 'selector.adminId'],
    ['a name as address', { ip: 'localhost' }, 'selector.ip'],
    ['a prefix that is too long', { ip: '192.0.2.0/33' }, 'selector.ip'],
    [
      'a version below 1, which nothing is',
      { providerConfigVersionBelow: 0 },
      'selector.providerConfigVersionBelow',
    ],
    ['a date without time', { createdFrom: '2030-01-01' }, 'selector.createdFrom'],
    ['an instant without zone', { createdTo: '2030-01-01T12:00:00' }, 'selector.createdTo'],
    ['a day that is not', { lastAccessFrom: '2030-02-30T00:00:00Z' }, 'selector.lastAccessFrom'],
    ['an hour that is not', { lastAccessTo: '2030-01-01T24:00:00Z' }, 'selector.lastAccessTo'],
    ['a number as instant', { createdFrom: 1893456000000 }, 'selector.createdFrom'],
    ['a reversed range', { createdFrom: noon, createdTo: '2030-01-01T11:00:00Z' }, 'selector.createdTo'],
    [
      'a range that ends where it starts, in another zone',
      { lastAccessFrom: noon, lastAccessTo: '2030-01-01T13:00:00+01:00' },
      'selector.lastAccessTo',
    ],
    ['U+0000, at which a store would cut the name short', { username: 'ann\u0000x' }, 'selector.username'],
    ['a line feed', { app: 'mail\n' }, 'selector.app'],
    ['half of a letter, which no store can keep', { username: 'ann\ud83d' }, 'selector.username'],
    [
      'faults of several fields at once',
      { username: '', ip: 'x', bogus: 1 },
      'selector.username',
      'selector.ip',
      'selector.bogus',
    ],
  ];
  for (const field of ['realm', 'username', 'subject', 'accessGroup', 'app']) {
    faulty.push([`an empty ${field}`, { all: true, [field]: '' }, `selector.${field}`]);
    faulty.push([`a ${field} of 1,025 letters`, { [field]: 'x'.repeat(1025) }, `selector.${field}`]);
  }
  faulty.push(['an empty provider type', { provider: { type: '' } }, 'selector.provider.type']);
  faulty.push(['an empty provider name', { provider: { type: 'saml', name: '' } }, 'selector.provider.name']);
  for (const [claim, input, ...paths] of faulty) {
    it(`refuses ${claim} and names ${paths.join(', ')}`, () =>
      assert.deepEqual(faultsOf(input).paths.sort(), paths.sort()));
  }

  it('names faults below the path it was given', () => {
    assert.deepEqual(faultsOf({ username: '' }, 'filter').paths, ['filter.username']);
    assert.deepEqual(faultsOf({}, 'filter').paths, ['filter']);
  });

  it('says what to write in order to mean every session', () => {
    assert.match(faultsOf({ realm: 'eu' }).message, /"all": true/);
  });

  it('says which conditions stand beside all', () => {
    assert.match(faultsOf({ all: true, username: 'ann', app: 'x' }).message, /username, app/);
  });

  it('says which fields there are where an unknown one stands', () => {
    assert.match(faultsOf({ user: 'ann' }).message, /known are .*username.*except/);
    assert.match(
      faultsOf({ provider: { kind: 'saml', type: 'saml' } }).message,
      /known are type, types, notTypes, name$/,
    );
  });
});
