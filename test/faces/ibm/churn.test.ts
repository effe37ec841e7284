import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ibmWorld, sms } from './world.ts';

const base = '/isam/dsc/admin/replicas/ibm.com/sessions';

test('while sessions come and go, no order fails, nobody named is spared and nobody else is hit (P1, P4)', async (t) => {
  const { asAdmin, pdadmin, dscadmin, signIn, live } = await ibmWorld(t);
  const users = Array.from({ length: 6 }, (_, index) => `doomed${index}`);
  // A sign-in that a cut of another round has met is refused (P3), and begun anew, as any client would.
  const signInAnew = async (user: string): Promise<void> => {
    for (;;) {
      try {
        await signIn(user);
        return;
      } catch (error) {
        assert.match(String(error), /"code":"revoked_during_sign_in"/);
      }
    }
  };
  const rounds = Array.from({ length: 8 }, async (_, round) => {
    for (const user of users) await signInAnew(user);
    await signIn(`spared${round}`);
    const answers = await Promise.all([
      asAdmin(`DELETE ${base}/user/doomed0`),
      asAdmin(`GET ${base}?user=*&max=3`),
      pdadmin([`${sms} session terminate all_sessions doomed1 -realm ibm.com`]),
      pdadmin([`${sms} session refresh all_sessions doomed2 -realm ibm.com`]),
      pdadmin([`${sms} session list doomed* 100 -realm ibm.com`]),
      dscadmin(['session terminate all_sessions DOOMED* ibm.com']),
    ]);
    for (const { status } of answers) assert.equal(status === 200 || status === 204, true);
  });
  await Promise.all(rounds);
  await dscadmin(['session terminate all_sessions doomed* ibm.com']);
  const left = await live();
  assert.deepEqual(
    left,
    Array.from({ length: 8 }, (_, round) => `spared${round}`),
  );
  assert.equal((await asAdmin('GET /v1/ledger/verify')).body.ok ?? true, true);
});
