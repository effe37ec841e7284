import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { examine } from '../../src/cli/diagnosis.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { verifyData } from '../../src/offline.ts';
import { checkOver, DidNotStart } from '../promises/server-process.ts';
import { serversOnOnePostgres } from '../promises/servers-on-one-postgres.ts';
import { skipWithoutPostgres } from '../support/postgres.ts';

const provider = { type: 'basic', name: 'main' };

const hasCode = (code: string) => (error: unknown) => error instanceof CurfewError && error.code === code;

describe('two servers on one PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  it('are one: what the one has acknowledged holds in the very next answer of the other', async (t) => {
    const { postgres, start } = await serversOnOnePostgres(t);
    // Both make the schema, the first administrator and the note of the key, at the same time.
    const [one, other] = await Promise.all([start('one'), start('other')]);
    for (let round = 0; round < 20; round++) {
      const [here, there] = round % 2 === 0 ? [one, other] : [other, one];
      const username = `user ${round}`;
      const { token } = await here.client.sessions.register({ username, provider });
      const spared = await here.client.sessions.register({ username: `spared ${round}`, provider });
      assert.equal((await checkOver(there, token)).status, 200);
      const cut = await there.client.revocations.create({ selector: { username }, reason: 'left' });
      assert.equal(cut.matched, 1);
      assert.deepEqual(await checkOver(here, token), { status: 401, reason: 'revoked' });
      assert.equal((await checkOver(here, spared.token)).status, 200);
      // A sign-in that begins now is none of the cut's, also where the node has not heard of it yet.
      const again = await here.client.sessions.register({ username, provider });
      assert.equal((await checkOver(there, again.token)).status, 200);
    }
    const { key, secret } = await one.client.keys.create({
      name: 'app',
      realm: 'default',
      scopes: ['check', 'register'],
    });
    const app = other.bearing(secret);
    await app.sessions.register({ username: 'ann', provider });
    await one.client.keys.delete({ id: key.id });
    await assert.rejects(app.sessions.register({ username: 'ann', provider }), hasCode('unauthenticated'));
    await one.client.policy.set({
      scope: { kind: 'realm', realm: 'default' },
      rule: { sessionLimit: { max: 1, exceeded: 'refuse', per: 'user' } },
    });
    await other.client.sessions.register({ username: 'limited', provider });
    await assert.rejects(
      one.client.sessions.register({ username: 'limited', provider }),
      hasCode('session_limit_reached'),
    );
    assert.equal((await one.client.ledger.verify()).intact, true);
    const offline = await verifyData(postgres.url);
    assert.equal(offline.ledger.broken ?? offline.journal.broken, undefined);
    await assert.rejects(one.client.store.backup(), /pg_dump/);
    for (const { output } of [one, other]) {
      assert.match(output, /PostgreSQL \d+\.\d+ at 127\.0\.0\.1:\d+\/curfew_1/);
      assert.doesNotMatch(output, new RegExp(postgres.password));
    }
  });

  it('refuse a third one with another secret key, and say what to do', async (t) => {
    const { start } = await serversOnOnePostgres(t);
    await start('one');
    await assert.rejects(
      start('other', { env: { CURFEW_SECRET_KEY: randomBytes(32).toString('base64url') } }),
      (error) =>
        error instanceof DidNotStart && /give all of them the same CURFEW_SECRET_KEY/i.test(error.message),
    );
  });

  it('answer 503 while the database is down, and again by themselves once it is back (P5)', async (t) => {
    const { postgres, start } = await serversOnOnePostgres(t);
    const one = await start('one');
    const { token } = await one.client.sessions.register({ username: 'ann', provider });
    await postgres.kill('SIGKILL');
    for (let n = 0; n < 5; n++) assert.equal((await checkOver(one, token)).status, 503);
    const findings = await gathered(
      examine(
        { url: one.url, urlFrom: 'the test', insecure: false },
        5000,
        new AbortController().signal,
        Date.now,
      ),
    );
    assert.match(findings.find(({ check }) => check === 'Store')?.remedy ?? '', /whether PostgreSQL runs/);
    // Asked all the while, each of its connections waits longer and longer before it tries again.
    const restarting = new Promise((resolve) => setTimeout(resolve, 3000)).then(() => postgres.restart());
    let status = 503;
    while (status === 503) ({ status } = await checkOver(one, token));
    await restarting;
    // Once it answers it goes on answering, whichever of its connections it asks by.
    for (let n = 0; n < 300; n++) {
      assert.equal(status, 200);
      const answers = await Promise.all([1, 2, 3].map(() => checkOver(one, token)));
      ({ status } = answers.find((answer) => answer.status !== 200) ?? { status: 200 });
    }
    await postgres.kill('SIGSTOP');
    assert.equal((await checkOver(one, token)).status, 503);
    await postgres.kill('SIGCONT');
    status = 503;
    while (status === 503) ({ status } = await checkOver(one, token));
    assert.equal(status, 200);
  });

  it('say where the database cannot be reached, without its password', async (t) => {
    const { postgres, start } = await serversOnOnePostgres(t);
    await postgres.kill('SIGINT');
    await assert.rejects(start('one'), (error) => {
      assert.ok(error instanceof DidNotStart);
      assert.match(error.message, /127\.0\.0\.1:\d+\/curfew_1 cannot be read or written.*ECONNREFUSED/);
      assert.doesNotMatch(error.message, new RegExp(postgres.password));
      return true;
    });
  });
});

async function gathered<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}
