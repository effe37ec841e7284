import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { paceOf } from '../../bench/pace.ts';
import { startSignInCurfew } from '../../bench/rows/sign-in.ts';
import { byDirectory, byOidc, byPassword, bySaml, type Ends, type Way } from '../../bench/sign-in-ways.ts';
import type { StartedServer } from '../../bench/started-process.ts';
import { AfterAll } from '../support/after-all.ts';
import { skipWithout } from '../support/real-parts.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

type Start = (curfew: StartedServer, ends: Ends, together: number) => Promise<Way>;

/** Signs two people in at once by a way, and goes the bare way beside it. */
async function goBothWays(t: TestContext, start: Start): Promise<void> {
  // The newest is ended first, as where it is measured: a connection before its server.
  const ends = new AfterAll();
  t.after(() => ends.run());
  const folder = makeTemporaryDirectory();
  ends.after(() => folder.remove());
  const curfew = await startSignInCurfew(folder.path);
  ends.after(() => curfew.stop());
  const way = await start(curfew, ends, 2);
  await Promise.all([way.signIn(0), way.signIn(1), way.bare(0), way.bare(1)]);
}

describe('the ways to sign in that are measured', () => {
  it('a password of Curfew’s own users makes a session', (t) => goBothWays(t, byPassword));

  it('a directory makes a session', { skip: skipWithout('slapd', 'openssl') }, (t) =>
    goBothWays(t, byDirectory),
  );

  it('OpenID Connect makes a session', (t) => goBothWays(t, byOidc));

  it('SAML makes a session', (t) => goBothWays(t, bySaml));

  it('what fails once stops the measurement, so that no failure counts as a fast answer', async () => {
    let left = 3;
    const one = async () => {
      if (left-- === 0) throw new Error('no session came of it');
    };
    await assert.rejects(paceOf(one, { together: 2, ms: 60_000 }), /no session came of it/);
  });
});
