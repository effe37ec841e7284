import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn, stageForAll } from './command-line.ts';

const stage = stageForAll();
const run = (...args: string[]) => stage().run(...args);
const live = async (username: string) => {
  const { count } = await stage().server.client.sessions.list({ username, count: 'exact', limit: 1 });
  return count;
};
const head = async () => (await stage().server.client.ledger.get()).head;

test('a dry run shows what would be hit and ends nothing', async () => {
  const { server } = stage();
  await signIn(server.client, 'ann', 3);
  await signIn(server.client, 'ann', 1, { adminIds: [1], provider: { type: 'saml', name: 'corp' } });
  const before = await head();
  const { code, stdout } = await run('terminate', '--username', 'ann', '--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, /4 sessions would end/);
  assert.match(stdout, /By provider +basic\/main 3, saml\/corp 1/);
  assert.match(stdout, /By realm +default 4/);
  assert.match(stdout, /By user .*ann 4/);
  assert.match(stdout, /sessions of administrators: admin/);
  assert.equal(await live('ann'), 4);
  assert.equal(await head(), before);
  const asJson = JSON.parse((await run('terminate', '--username', 'ann', '--dry-run', '--json')).stdout);
  assert.equal(asJson.count, 4);
});

test('more than one session are not ended where nobody can be asked, unless --yes is given', async () => {
  const before = await head();
  const refused = await run('terminate', '--username', 'ann', '--reason', 'left');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /4 sessions would end.*--yes/);
  assert.equal(await live('ann'), 4);
  assert.equal(await head(), before);
  const done = await run('terminate', '--username', 'ann', '--reason', 'left', '--yes');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, new RegExp(`Ended 4 sessions by revocation ${before + 1}\\.`));
  assert.equal(await live('ann'), 0);
});

test('one session is ended without a question', async () => {
  const [made] = await signIn(stage().server.client, 'bob', 2);
  const { code, stdout } = await run(
    'terminate',
    '--session',
    made?.session.id ?? '',
    '--reason',
    'stolen',
    '--json',
  );
  assert.equal(code, 0);
  const answer = JSON.parse(stdout);
  assert.equal(answer.matched, 1);
  assert.equal(answer.revocation.reason, 'stolen');
  assert.equal(answer.sessions[0].id, made?.session.id);
  assert.equal(await live('bob'), 1);
});

test('a termination without a reason or a condition is refused before the server is asked', async () => {
  const { line } = stage();
  const nowhere = { CURFEW_URL: 'http://127.0.0.1:1', CURFEW_KEY: 'cfk_x' };
  const withoutReason = await line.run(['terminate', '--username', 'bob', '--yes'], { env: nowhere });
  assert.equal(withoutReason.code, 2);
  assert.match(withoutReason.stderr, /--reason/);
  const withoutCondition = await line.run(['terminate', '--realm', 'shop', '--reason', 'x', '--yes'], {
    env: nowhere,
  });
  assert.equal(withoutCondition.code, 2);
  assert.match(withoutCondition.stderr, /--all/);
  // What a script writes when a variable was never set.
  const withEmpty = await line.run(['terminate', '--username', '', '--all', '--reason', 'x', '--yes'], {
    env: nowhere,
  });
  assert.equal(withEmpty.code, 2);
  assert.match(withEmpty.stderr, /--username is empty/);
});

test('a cut that matches nothing warns, and says which name is unknown (P10)', async () => {
  const { code, stdout, stderr } = await run('terminate', '--username', 'nobody', '--reason', 'typo');
  assert.equal(code, 0);
  assert.match(stdout, /Ended 0 sessions/);
  assert.match(stderr, /^warning: .*the user "nobody" is unknown here/);
});

test('all sessions but one are ended with --all and --except', async () => {
  const { server } = stage();
  const [kept] = await signIn(server.client, 'cat');
  await signIn(server.client, 'dan', 2);
  const id = kept?.session.id ?? '';
  const { code } = await run('terminate', '--all', '--except', id, '--reason', 'drill', '--yes');
  assert.equal(code, 0);
  assert.equal(await live('cat'), 1);
  assert.equal(await live('dan'), 0);
});

test('revocations are listed and shown with who, why and how far the sweep is', async () => {
  const list = await run('revocations', 'list');
  assert.match(list.stdout.split('\n')[0] as string, /^ *SEQ +AT +BY +FACE +ENDED +SWEPT +SELECTOR +REASON$/);
  assert.match(list.stdout, /username=ann +left/);
  const shown = await run('revocations', 'show', '1');
  assert.match(shown.stdout, /By +admin \(administrator 1\)/);
  assert.match(shown.stdout, /Ended +4/);
  assert.match(shown.stdout, /Swept +(all after|\d+%)/);
  assert.match(shown.stdout, /Refused since +\d+/);
  assert.equal((await run('revocations', 'show', '999')).code, 5);
  const asJson = JSON.parse((await run('revocations', 'show', '1', '--json')).stdout);
  assert.deepEqual(asJson.revocation.selector, { username: 'ann' });
});

test('the ledger verifies, also against a head that was noted', async () => {
  const noted = (await run('ledger', 'head')).stdout.trim();
  assert.match(noted, /^\d+:[0-9a-f]{64}$/);
  assert.equal((await run('ledger', 'verify')).code, 0);
  assert.equal((await run('ledger', 'verify', '--anchor', noted)).code, 0);
  const other = noted.replace(/:.*/, `:${'0'.repeat(64)}`);
  const broken = await run('ledger', 'verify', '--anchor', other);
  assert.equal(broken.code, 12);
  assert.match(broken.stderr, /written anew/);
  assert.equal((await run('ledger', 'verify', '--anchor', 'nonsense')).code, 2);
});
