import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { demandSecretsAnew } from '../../src/sign-in/secret-places.ts';
import { providerKinds } from '../../src/sign-in/table.ts';

const kind = { secretPlace: ['servers', 'startTls'] };
const before = { servers: ['ldaps://one.example'], userBase: 'dc=example' };

describe('the secrets of a provider', () => {
  it('must be given anew when the place they are sent to changes', () => {
    for (const after of [
      { ...before, servers: ['ldaps://elsewhere.example'] },
      { ...before, startTls: false },
      { userBase: 'dc=example' },
    ]) {
      assert.throws(() => demandSecretsAnew(kind, before, after, ['bindPassword']), {
        code: 'invalid_input',
      });
    }
  });

  it('stay when the place stays, when none is kept, and when they are sent nowhere', () => {
    demandSecretsAnew(kind, before, { ...before, userBase: 'dc=other' }, ['bindPassword']);
    demandSecretsAnew(kind, before, { ...before, servers: [] }, []);
    demandSecretsAnew({}, before, {}, ['privateKey']);
  });

  it('have a place for every kind that sends any, named by settings that it has', () => {
    for (const { type, settings, secrets, secretPlace = [] } of providerKinds) {
      for (const name of secretPlace) assert.ok(name in settings.shape, `${type}: ${name}`);
      const isSent = Object.keys(secrets).some((name) => /password|secret/i.test(name));
      assert.equal(secretPlace.length > 0, isSent, type);
    }
  });
});
