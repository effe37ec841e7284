import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileSelector, type Selector } from '../../src/session/selector.ts';
import type { Session } from '../../src/session/session.ts';
import { iso, startOfTime } from '../support/manual-clock.ts';
import { aSession } from '../support/sessions.ts';

const id = '0b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e';
const other = '1b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e';

const session: Session = aSession({
  id,
  realm: 'eu',
  username: 'ann',
  subject: 'cn=ann',
  provider: { type: 'ldap', name: 'corp' },
  providerSession: 'sid-1',
  accessGroups: ['read', 'volumes'],
  adminIds: [3, 7],
  client: { ip: '192.0.2.7' },
  app: 'mail',
  lastAccessAt: startOfTime + 1000,
  providerConfigVersion: 4,
});

describe('a selector names a session', () => {
  const cases: [selector: Selector, matches: boolean][] = [
    [{ all: true }, true],
    [{ all: true, realm: 'eu' }, true],
    [{ all: true, realm: 'us' }, false],
    [{ all: true, except: [id] }, false],
    [{ all: true, except: [other] }, true],
    [{ sessionIds: [other, id] }, true],
    [{ sessionIds: [other] }, false],
    [{ sessionIds: [id], except: [id] }, false],
    [{ username: 'ann' }, true],
    [{ username: 'Ann' }, false],
    [{ username: 'an' }, false],
    [{ subject: 'cn=ann' }, true],
    [{ subject: 'ann' }, false],
    [{ provider: { type: 'ldap' } }, true],
    [{ provider: { name: 'corp' } }, true],
    [{ provider: { type: 'ldap', name: 'corp' } }, true],
    [{ provider: { type: 'saml', name: 'corp' } }, false],
    [{ provider: { type: 'ldap', name: 'lab' } }, false],
    [{ provider: { types: ['basic', 'ldap'] } }, true],
    [{ provider: { types: ['basic', 'saml'] } }, false],
    [{ provider: { notTypes: ['basic', 'saml'] } }, true],
    [{ provider: { notTypes: ['basic', 'ldap'] } }, false],
    [{ provider: { notTypes: ['basic'], name: 'lab' } }, false],
    [{ realm: 'eu', providerSession: 'sid-1' }, true],
    [{ realm: 'us', providerSession: 'sid-1' }, false],
    [{ realm: 'eu', providerSession: 'SID-1' }, false],
    [{ provider: { name: 'corp' }, providerSession: 'sid-1' }, true],
    [{ provider: { name: 'lab' }, providerSession: 'sid-1' }, false],
    [{ adminId: 7 }, true],
    [{ adminId: 4 }, false],
    [{ accessGroup: 'volumes' }, true],
    [{ accessGroup: 'volume' }, false],
    [{ app: 'mail' }, true],
    [{ app: 'web' }, false],
    [{ ip: '192.0.2.7' }, true],
    [{ ip: '192.0.2.0/24' }, true],
    [{ ip: '192.0.3.0/24' }, false],
    [{ ip: '::/0' }, false],
    [{ createdFrom: iso(startOfTime) }, true],
    [{ createdFrom: iso(startOfTime + 1) }, false],
    [{ createdTo: iso(startOfTime) }, false],
    [{ createdTo: iso(startOfTime + 1) }, true],
    [{ lastAccessFrom: iso(startOfTime + 1000) }, true],
    [{ lastAccessFrom: iso(startOfTime + 1001) }, false],
    [{ lastAccessTo: iso(startOfTime + 1000) }, false],
    [{ lastAccessTo: iso(startOfTime + 1001) }, true],
    [{ providerConfigVersionBelow: 5 }, true],
    [{ providerConfigVersionBelow: 4 }, false],
    [{ realm: 'eu', username: 'ann', app: 'mail', adminId: 3 }, true],
    [{ realm: 'eu', username: 'ann', app: 'mail', adminId: 4 }, false],
    [{ realm: 'us', username: 'ann' }, false],
  ];
  for (const [selector, matches] of cases) {
    it(`${matches ? 'by' : 'not by'} ${JSON.stringify(selector)}`, () => {
      assert.equal(compileSelector(selector)(session), matches);
    });
  }

  it('not by an app, provider session, address, group or administrator when it has none', () => {
    const bare = aSession();
    const selectors: Selector[] = [
      { app: 'mail' },
      { realm: 'default', providerSession: 'sid-1' },
      { ip: '0.0.0.0/0' },
      { accessGroup: 'read' },
      { adminId: 0 },
    ];
    for (const selector of selectors) {
      assert.equal(compileSelector(selector)(bare), false, JSON.stringify(selector));
    }
  });

  it('by an instant of another zone as by the same instant in UTC', () => {
    assert.equal(compileSelector({ createdFrom: '2030-01-01T01:00:00+01:00' })(session), true);
    assert.equal(compileSelector({ createdTo: '2030-01-01T01:00:00+01:00' })(session), false);
  });

  it('never by its epoch: that is for the ledger to compare', () => {
    assert.equal(compileSelector({ all: true })({ ...session, epoch: 99 }), true);
  });
});
