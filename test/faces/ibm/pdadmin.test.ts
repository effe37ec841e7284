import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dscadmin } from '../../../src/core/ibm-shell/dscadmin.ts';
import { pdadmin } from '../../../src/core/ibm-shell/pdadmin.ts';
import { dscadminShell, pdadminShell } from '../../../src/faces/ibm/shells.ts';
import { hour, minute } from '../../support/manual-clock.ts';
import { aPassword } from '../../support/opened-access.ts';
import { ibmWorld, server, sms } from './world.ts';

test('every command that help lists does something', () => {
  for (const [{ forms }, shell] of [
    [pdadmin, pdadminShell],
    [dscadmin, dscadminShell],
  ] as const) {
    for (const { words, isLocal } of forms) {
      if (isLocal !== true) assert.equal(typeof shell.handlers[words], 'function', words);
    }
    assert.equal(Object.keys(shell.handlers).length, forms.filter(({ isLocal }) => isLocal !== true).length);
  }
});

test('the examples of the command reference work as they are printed there', async (t) => {
  const { pdadmin: run, signIn, live } = await ibmWorld(t);
  await signIn('dlucas');
  await signIn('dlucas');
  const id = await signIn('maryj');
  for (const [commands, expected] of [
    [['server list'], /^default-webseald-cruz\nwebseal2-webseald-cruz$/],
    [[`${sms} realm list`], /^default\nibm\.com$/],
    [[`${sms} realm show ibm.com`], /^ibm\.com$/],
    [[`${sms} replica set list -realm ibm.com`], /^ibm\.com$/],
    [[`${sms} replica set list`], /^default\nibm\.com$/],
    [[`${sms} replica set show ibm.com`], /^default-webseald-cruz +2030-01-01T00:00:00\.000Z\n/],
    [[`${sms} session list -realm ibm.com *luca* 100`], /dlucas[\s\S]*\n2 of 2 matching sessions shown$/],
    [[`${sms} session refresh all_sessions dlucas -realm ibm.com`], /^DPWWA2043I 2 sessions of dlucas/],
    // As on the page of the command, with its continuation over two lines.
    [[`${sms} session refresh session ${id} \\`, '-realm ibm.com'], /^DPWWA2043I 1 session/],
    [
      [`${sms} session terminate session ${id} -realm ibm.com`],
      /^1 session in the realm ibm\.com was terminated/,
    ],
    // Copied from a document, the hyphen is a dash.
    [
      [`${sms} session terminate all_sessions dlucas \u2013realm ibm.com`],
      /^2 sessions of dlucas .* were terminated/,
    ],
    [[`server task ${server} key change`], /^The key was changed\./],
    [[`${sms} key show`], /^Current key\n {2}Key ID: +[0-9a-f-]{36}\n/],
    [[`${sms} trace get`], /^Trace level: 3 \(log level info\)$/],
  ] as const) {
    const { status, result } = await run(commands);
    assert.equal(status, 200, `${commands.join(' ')}: ${result}`);
    assert.match(result, expected);
  }
  assert.deepEqual(await live(), []);
});

test('sessions are listed in aligned columns, one line each, the newest first', async (t) => {
  const { pdadmin: run, signIn, clock } = await ibmWorld(t);
  const first = await signIn('dlucas', 'ibm.com', { provider: { type: 'ldap', name: 'corp' } });
  clock.advance(minute);
  const second = await signIn('Mary Lucas', 'ibm.com', { client: { ip: '2001:db8::1' } });
  await signIn('LUCAS');
  await signIn('dlucas', 'default');
  const { lines } = await run([`${sms} session list *ucas* 10 -realm ibm.com`]);
  assert.deepEqual(lines, [
    `${second}  "Mary Lucas"  basic/main  2001:db8::1  2030-01-01T00:01:00.000Z  2030-01-01T00:01:00.000Z`,
    `${first}  dlucas        ldap/corp   -            2030-01-01T00:00:00.000Z  2030-01-01T00:00:00.000Z`,
    '2 of 2 matching sessions shown',
  ]);
  const cut = await run([`${sms} session list * 1 -realm ibm.com`]);
  assert.match(cut.lines[0] ?? '', /LUCAS/);
  assert.equal(cut.lines[1], '1 of 3 matching sessions shown');
});

test('a termination that matches nothing says so, and is no failure (P10)', async (t) => {
  const { pdadmin: run, signIn } = await ibmWorld(t);
  await signIn('ann');
  for (const command of [
    `${sms} session terminate all_sessions nobody -realm ibm.com`,
    `${sms} session terminate all_sessions Ann -realm ibm.com`,
    `${sms} session terminate all_sessions a* -realm ibm.com`,
    `${sms} session terminate all_sessions ann -realm default`,
    `${sms} session terminate session 678 -realm ibm.com`,
    `${sms} session terminate session 00000000-0000-4000-8000-000000000000 -realm ibm.com`,
    `${sms} session refresh all_sessions nobody -realm ibm.com`,
    `${sms} session refresh session 678 -realm ibm.com`,
    `server task ${server} terminate all_sessions nobody`,
  ]) {
    const { status, result } = await run([command]);
    assert.equal(status, 200, command);
    assert.match(result, /^CTGSI0312W Warning: 0 sessions matched\. \S/, command);
  }
  const { result } = await run([`${sms} session terminate all_sessions nobody -realm ibm.com`]);
  assert.match(result, /the user "nobody" is unknown here/);
});

test('an unknown server, realm or replica set is an error with its status', async (t) => {
  const { pdadmin: run, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  for (const [command, id] of [
    ['server task nowhere sms realm list', 'HPDMG0754W'],
    [`server task ${server.toUpperCase()} sms realm list`, 'HPDMG0754W'],
    ['server task nowhere terminate all_sessions ann', 'HPDMG0754W'],
    [`${sms} session terminate all_sessions ann -realm ibm`, 'CTGSI0306E'],
    [`${sms} session list * 10 -realm IBM.COM`, 'CTGSI0306E'],
    [`${sms} session refresh all_sessions ann -realm x`, 'CTGSI0306E'],
    [`${sms} realm show x`, 'CTGSI0306E'],
    [`${sms} replica set show x`, 'CTGSI0306E'],
    [`${sms} replica set list -realm x`, 'CTGSI0306E'],
    [`${sms} session terminate all_sessions ann`, 'CTGSI0313E'],
    [`${sms} session list * 0 -realm ibm.com`, 'CTGSI0313E'],
    [`${sms} session list * many -realm ibm.com`, 'CTGSI0313E'],
    [`${sms} session list "" 10 -realm ibm.com`, 'CTGSI0313E'],
    [`${sms} trace set 10`, 'CTGSI0313E'],
    [`${sms} trace set 3 pd.ivc`, 'CTGSI0313E'],
    ['policy set max-concurrent-web-sessions 0', 'CTGSI0313E'],
    ['policy set max-concurrent-web-sessions many', 'CTGSI0313E'],
    ['frobnicate', 'CTGSI0313E'],
  ] as const) {
    const { status, message, result } = await run([command]);
    assert.equal(status, 400, command);
    assert.match(message ?? '', new RegExp(`^Error: ${id} .* \\(status 0x[0-9a-f]{8}\\)$`), command);
    assert.equal(result, `Could not perform the administration request.\n${message}`);
  }
  assert.deepEqual(await live(), ['ann']);
});

test('commands after a failing one are not run, and what came before it is told', async (t) => {
  const { pdadmin: run, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  const { status, lines } = await run([
    'server list',
    'bogus',
    `${sms} session terminate all_sessions ann -realm ibm.com`,
  ]);
  assert.equal(status, 400);
  assert.deepEqual(lines.slice(0, 3), [
    'default-webseald-cruz',
    'webseal2-webseald-cruz',
    'Could not perform the administration request.',
  ]);
  assert.deepEqual(await live(), ['ann']);
  const left = await run(['server list', 'exit', 'bogus']);
  assert.deepEqual([left.status, left.lines.length], [200, 2]);
});

test('comments and blank lines are passed over, and a name with blanks goes in quotes', async (t) => {
  const { pdadmin: run, signIn, live } = await ibmWorld(t);
  await signIn('Mary Jones', 'my realm');
  const script = [
    '# a script',
    '',
    '   ',
    `${sms} session terminate all_sessions "Mary Jones" -realm "my realm"`,
  ];
  assert.match(
    (await run(script)).result,
    /^1 session of "Mary Jones" in the realm "my realm" was terminated/,
  );
  assert.deepEqual(await live('my realm'), []);
});

test('the sister commands work in the realm of the face, or of the domain', async (t) => {
  const { pdadmin: run, signIn, live } = await ibmWorld(t, { 'faces-ibm-realm': 'ibm.com' });
  await signIn('ann');
  const id = await signIn('bob');
  await signIn('ann', 'other');
  assert.match(
    (await run([`server task ${server} refresh all_sessions ann`])).result,
    /^DPWWA2043I 1 session/,
  );
  assert.match((await run([`server task ${server} terminate all_sessions ann`])).result, /^1 session/);
  // Back ends are told the id behind the encoded name of a server.
  const told = `${Buffer.from(server).toString('base64')}_${id}`;
  assert.match((await run([`server task ${server} terminate session ${told}`])).result, /^1 session/);
  assert.deepEqual([await live(), await live('other')], [[], ['ann']]);
  const login = `login -a admin -p "${aPassword}" -d other`;
  assert.match((await run([login, `server task ${server} terminate all_sessions ann`])).result, /^1 session/);
});

test('a credential is read anew: a session of an administrator gets the rights they have now', async (t) => {
  const { pdadmin: run, asAdmin, administrator, signIn } = await ibmWorld(t);
  await administrator('bob', ['read']);
  const id = await signIn('bob', 'ibm.com', { adminIds: [2], accessGroups: ['read'] });
  await asAdmin('PATCH /v1/admins/2', { accessGroups: ['clusterAdmins'] });
  const { result } = await run([`${sms} session refresh session ${id} -realm ibm.com`]);
  assert.match(result, /the credential of 1 was read anew from the administrators of Curfew/);
  const { body } = await asAdmin(`GET /v1/sessions/${id}`);
  assert.deepEqual(body.session.accessGroups, ['clusterAdmins']);
});

test('a refresh moves the last access, and never brings a session back (P2)', async (t) => {
  const { pdadmin: run, asAdmin, signIn, clock, live } = await ibmWorld(t);
  const id = await signIn('ann');
  clock.advance(29 * minute);
  await run([`${sms} session refresh session ${id} -realm ibm.com`]);
  clock.advance(29 * minute);
  assert.deepEqual(await live(), ['ann']);
  clock.advance(hour);
  assert.match(
    (await run([`${sms} session refresh session ${id} -realm ibm.com`])).result,
    /0 sessions matched/,
  );
  assert.equal((await asAdmin(`GET /v1/sessions/${id}`)).body.session.ended.reason, 'idle');
});

test('a key is changed: a new one signs, the old one is shown until its end', async (t) => {
  const { pdadmin: run, clock } = await ibmWorld(t);
  const ids = async () => (await run([`${sms} key show`])).result.match(/[0-9a-f-]{36}/g) ?? [];
  const [before] = await ids();
  await run([`${sms} key change`]);
  const after = await ids();
  assert.deepEqual([after.length, after[1], after[0] !== before], [2, before, true]);
  clock.advance(hour);
  assert.deepEqual(await ids(), after.slice(0, 1));
});

test('the trace level is the level of the log', async (t) => {
  const { pdadmin: run, asAdmin, logged } = await ibmWorld(t);
  const lines = async () => {
    const before = logged.length;
    await asAdmin('GET /v1/ledger');
    return logged.slice(before).filter((line) => line.includes('answered a request')).length;
  };
  assert.equal(await lines(), 0);
  assert.equal((await run([`${sms} trace set 7`])).result, 'Trace level: 7 (log level debug)');
  assert.equal(await lines(), 1);
  assert.equal((await run([`${sms} trace get`])).result, 'Trace level: 7 (log level debug)');
  assert.equal((await run([`${sms} trace set 0 sms`])).result, 'Trace level: 0 (log level error)');
  assert.equal(await lines(), 0);
  const { body } = await asAdmin('GET /v1/journal?limit=100');
  const levels = body.entries.filter(({ event }: { event: string }) => event === 'log_level.set');
  assert.deepEqual(
    levels.map(({ face, detail }: { face: string; detail: { level: string } }) => [face, detail.level]),
    [
      ['ibm', 'debug'],
      ['ibm', 'error'],
    ],
  );
});

test('the limit of sessions is set and shown, for all, a realm and a user, and it holds', async (t) => {
  const { pdadmin: run, asAdmin, signIn, live } = await ibmWorld(t, { 'faces-ibm-realm': 'ibm.com' });
  const get = async (...options: string[]) =>
    (await run([['policy get max-concurrent-web-sessions', ...options].join(' ')])).result.split(': ')[1];
  const set = (...words: string[]) => run([['policy set max-concurrent-web-sessions', ...words].join(' ')]);
  assert.equal(await get(), 'unset (in effect');
  await set('2');
  assert.equal(await get(), '2');
  await signIn('ann');
  await signIn('ann');
  const third = { username: 'ann', realm: 'ibm.com', provider: { type: 'basic', name: 'main' } };
  assert.equal((await asAdmin('POST /v1/sessions', third)).body.code, 'session_limit_reached');
  await set('displace', '-user', 'ann');
  await signIn('ann');
  assert.deepEqual(await live(), ['ann']);
  assert.equal(await get('-user', 'ann'), 'displace');
  await set('unlimited', '-user', 'ann');
  await signIn('ann');
  await signIn('ann');
  assert.equal((await live()).length, 3);
  await set('unset', '-user', 'ann');
  assert.match(
    (await run(['policy get max-concurrent-web-sessions -user ann'])).result,
    /unset \(in effect: 2\)$/,
  );
  const { body } = await asAdmin('GET /v1/policy');
  assert.deepEqual(body.rules, [{ scope: { kind: 'realm', realm: 'ibm.com' }, rule: { sessionLimit: 2 } }]);
});

test('setting the limit leaves the other limits of a rule alone', async (t) => {
  const { pdadmin: run, asAdmin } = await ibmWorld(t);
  const scope = { kind: 'realm', realm: 'default' };
  await asAdmin('PUT /v1/policy', { scope, rule: { idleTimeoutMs: 60_000 } });
  await run(['policy set max-concurrent-web-sessions 3']);
  const rules = async () => (await asAdmin('GET /v1/policy')).body.rules;
  assert.deepEqual(await rules(), [{ scope, rule: { idleTimeoutMs: 60_000, sessionLimit: 3 } }]);
  await run(['policy set max-concurrent-web-sessions unset']);
  assert.deepEqual(await rules(), [{ scope, rule: { idleTimeoutMs: 60_000 } }]);
});

test('the management domain is every realm, and a domain is a realm', async (t) => {
  const { pdadmin: run, asAdmin, signIn } = await ibmWorld(t);
  await signIn('ann');
  const login = `login -a admin -p "${aPassword}"`;
  await run([`${login} -m`, 'policy set max-concurrent-web-sessions 9']);
  await run([`${login} -d ibm.com`, 'policy set max-concurrent-web-sessions 4']);
  const { body } = await asAdmin('GET /v1/policy');
  assert.deepEqual(
    body.rules.map(({ scope }: { scope: unknown }) => scope),
    [{ kind: 'default' }, { kind: 'realm', realm: 'ibm.com' }],
  );
  const user = await run([`${login} -m`, 'policy set max-concurrent-web-sessions 9 -user ann']);
  assert.match(user.message ?? '', /belongs to one realm/);
  assert.match((await run([`${login} -d nowhere`])).message ?? '', /CTGSI0306E/);
  const inBody = await asAdmin('POST /isam/pdadmin', {
    admin_id: 'admin',
    admin_pwd: aPassword,
    admin_domain: 'Default',
    commands: ['context show'],
  });
  assert.equal(inBody.body.result, 'User: admin\nDomain: Default (realm default)');
});

test('a login takes the place of the one before, and without one nothing but help is there', async (t) => {
  const { pdadmin: run, administrator } = await ibmWorld(t);
  await administrator('bob', ['read']);
  const context = await run([`login -a bob -p "${aPassword}"`, 'context show']);
  assert.equal(context.lines[0], 'User: bob');
  for (const leave of ['logout', 'login -l']) {
    assert.equal((await run([leave, 'context show'])).result, 'Nobody is signed in.');
    assert.equal((await run([leave, 'errtext 0x38c58138', 'help errtext'])).status, 200);
    assert.match((await run([leave, 'server list'])).message ?? '', /CTGSI0303E Nobody is signed in/);
  }
  const wrong = await run(['login -a bob -p hunter22', 'server list']);
  assert.equal(wrong.status, 400);
  assert.equal(JSON.stringify(wrong).includes('hunter22'), false);
  assert.match((await run(['login -a bob'])).message ?? '', /Nobody can be asked here/);
});

test('commands run with the rights of the policy administrator, not of the sender', async (t) => {
  const { pdadmin: run, administrator, signIn, live } = await ibmWorld(t);
  await administrator('reader', ['read']);
  await signIn('ann');
  const as = { id: 'reader', password: aPassword };
  const refused = await run([`${sms} session terminate all_sessions ann -realm ibm.com`], as);
  assert.equal(refused.status, 400);
  assert.match(refused.message ?? '', /^Error: CTGSI0303E .*reader.*sessions\.terminate/);
  assert.deepEqual(await live(), ['ann']);
  assert.match((await run([`${sms} session list * 5 -realm ibm.com`], as)).result, /1 of 1/);
});

test('without a policy administrator in the body, commands run as the sender', async (t) => {
  const { ask, asAdmin, administrator, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  const commands = [`${sms} session terminate all_sessions ann -realm ibm.com`];
  const auth = await administrator('reader', ['read']);
  assert.equal((await ask('POST /isam/pdadmin', { auth, body: { commands } })).status, 400);
  assert.deepEqual(await live(), ['ann']);
  assert.equal((await asAdmin('POST /isam/pdadmin/', { commands })).status, 200);
  assert.deepEqual(await live(), []);
});

test('the reason in the ledger is the command as it was given', async (t) => {
  const { pdadmin: run, asAdmin, signIn } = await ibmWorld(t);
  await signIn('ann');
  await run([`${sms} session   terminate all_sessions ann \\`, '  -realm ibm.com']);
  const [entry] = (await asAdmin('GET /v1/revocations')).body.revocations;
  assert.equal(entry.reason, `pdadmin: ${sms} session terminate all_sessions ann -realm ibm.com`);
});
