import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SignedInUser } from '../../../src/sign-in/provider.ts';
import { oidcUsers, startOidcProvider } from '../../support/oidc-provider-process.ts';
import { aStoredSession } from '../../support/sessions.ts';
import { answerOf, callbackUrl, oidcProvider, refusal } from './oidc-set-up.ts';

const client = { redirect_uris: [callbackUrl] };

function sessionOf({ username, subject, attributes, providerSession }: SignedInUser) {
  return aStoredSession({ username, subject: subject as string, attributes, providerSession });
}

describe('claims of OpenID Connect read anew', () => {
  it('gives the groups that the user has now, as long as the issuer lets it', async (t) => {
    const idp = await startOidcProvider(t, { client });
    const provider = oidcProvider(t, idp.issuer, { refreshClaims: true });
    const user = await provider.finish(await answerOf(provider, 'ana'));
    assert.deepEqual(user.accessGroups, ['ops', 'staff']);
    await idp.change({ ...oidcUsers, ana: { ...oidcUsers.ana, groups: ['staff', 'audit'] } });
    const first = await provider.read(sessionOf(user));
    assert.deepEqual(first?.accessGroups, ['staff', 'audit']);
    assert.equal(first?.subject, 'ana');
    assert.equal(first?.attributes.acr, user.attributes.acr, 'what is known of the authentication stays');
    const again = await provider.read(sessionOf(first as SignedInUser));
    assert.deepEqual(again?.accessGroups, ['staff', 'audit'], 'the token that was exchanged is kept in turn');
  });

  it('keeps the token sealed, and only when it is told to', async (t) => {
    const idp = await startOidcProvider(t, { client });
    const keeping = oidcProvider(t, idp.issuer, { refreshClaims: true });
    const user = await keeping.finish(await answerOf(keeping, 'ana'));
    assert.match(user.attributes.sealedRefreshToken ?? '', /^[\w-]{80,}$/);
    const plain = oidcProvider(t, idp.issuer);
    const other = await plain.finish(await answerOf(plain, 'ana'));
    assert.equal(other.attributes.sealedRefreshToken, undefined);
    assert.equal(await plain.read(sessionOf(other)), undefined);
    const spoilt = { ...user, attributes: { ...user.attributes, sealedRefreshToken: 'A'.repeat(200) } };
    assert.equal(await keeping.read(sessionOf(spoilt)), undefined);
  });

  it('knows nothing of a session whose token the issuer has withdrawn, and of another subject', async (t) => {
    const idp = await startOidcProvider(t, { client });
    const provider = oidcProvider(t, idp.issuer, { refreshClaims: true });
    const user = await provider.finish(await answerOf(provider, 'ana'));
    await assert.rejects(provider.read({ ...sessionOf(user), subject: 'ben' }), refusal(/another subject/));
    await idp.stop();
    const anew = await startOidcProvider(t, { client, port: idp.port, keys: idp.keys });
    assert.equal(await provider.read(sessionOf(user)), undefined);
    await anew.stop();
    await assert.rejects(provider.read(sessionOf(user)), refusal(/cannot be asked/, 'provider_unavailable'));
  });
});
