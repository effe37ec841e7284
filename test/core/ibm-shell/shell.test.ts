import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CurfewError, errorTable } from '../../../src/core/errors.ts';
import { dscadmin } from '../../../src/core/ibm-shell/dscadmin.ts';
import { completionsOf, parseCommand } from '../../../src/core/ibm-shell/grammar.ts';
import { errtextText, helpText } from '../../../src/core/ibm-shell/local-commands.ts';
import { failureText, messageOf } from '../../../src/core/ibm-shell/messages.ts';
import { pdadmin } from '../../../src/core/ibm-shell/pdadmin.ts';
import { commandsOf } from '../../../src/core/ibm-shell/script.ts';

test('an option may stand anywhere in a command', () => {
  const expected = { server: 's', user_id: 'dlucas' };
  for (const line of [
    'server task s sms session terminate all_sessions dlucas -realm ibm.com',
    '-realm ibm.com server task s sms session terminate all_sessions dlucas',
    'server task s \u2013realm ibm.com sms session terminate "-realm" all_sessions dlucas'.replace(
      ' "-realm"',
      '',
    ),
    'server task s sms session "-realm" ibm.com terminate all_sessions dlucas',
  ]) {
    const { values, options } = parseCommand(pdadmin, line);
    assert.deepEqual({ ...values }, expected);
    assert.deepEqual({ ...options }, { realm: 'ibm.com' });
  }
});

test('a command in the wrong form is refused with its syntax', () => {
  for (const [line, message] of [
    ['server task s sms session terminate all_sessions dlucas', /-realm is missing.*-realm <realm_name>/],
    ['server task s sms session list *luca* -realm r', /too few or too many words.*<maximum_return>/],
    ['server task s sms session list a b c -realm r', /too few or too many/],
    ['server task s sms realm list -realm r', /takes no option -realm/],
    ['server task s sms realm list -bogus', /no option -bogus/],
    ['server task s sms session list a 1 -realm', /-realm needs a value/],
    ['server task s sms session list a 1 -realm -user', /-realm needs a value/],
    ['server task s sms session list a 1 -realm r -realm q', /given twice/],
    ['frobnicate', /frobnicate is not a command of pdadmin/],
    ['server frobnicate', /see: help server/],
    ['toString', /not a command/],
    ['', /An empty line/],
  ] as const) {
    assert.throws(
      () => parseCommand(pdadmin, line),
      (error: CurfewError) => {
        assert.equal(error.code, 'invalid_input');
        assert.match(error.message, message, line);
        return true;
      },
    );
  }
});

test('no error repeats a password', () => {
  for (const line of [
    'login -a ann -p hunter2 extra',
    'login -a ann hunter2',
    'login -a ann -p -hunter2',
    'login -p hunter2 -x',
    'login -p hunter2 -p hunter2',
  ]) {
    assert.throws(
      () => parseCommand(pdadmin, line),
      (error: CurfewError) => !error.message.includes('hunter2'),
    );
  }
});

test('a script has one command a line, continued by a backslash, with comments and blank lines', () => {
  const script =
    '# who\r\n\r\nserver list\r\n  server task s \\\r\n   sms realm list\r\n#server list\nlogout \\';
  assert.deepEqual(commandsOf(script), [
    { text: 'server list', line: 3 },
    { text: 'server task s     sms realm list', line: 4 },
    { text: 'logout', line: 7 },
  ]);
});

test('a status number is the base of its component and the number of the message', () => {
  assert.match(errtextText('0x14c012f2'), /^HPDMG0754W \(0x14c012f2\): /);
  assert.match(errtextText('348132082'), /^HPDMG0754W/);
  assert.match(errtextText('952467768'), /^CTGSI0312W \(0x38c58138\)/);
  assert.match(errtextText('0x38cf07fb'), /^DPWWA2043I/);
  assert.match(errtextText('0x14c52fcf'), /^HPDMS4047 .*not known here/);
  assert.match(errtextText('0x306950ee'), /^HPDBF0238 /);
  assert.match(errtextText('0x389d00b1'), /^DPWCA0177 /);
  assert.throws(() => errtextText('0x1'), { code: 'not_found' });
  for (const text of ['', 'x', '-1', '0x', '99999999999', '1e3']) {
    assert.throws(() => errtextText(text), { code: 'invalid_input' });
  }
});

test('every error has a message with an identifier', () => {
  for (const { ibm } of Object.values(errorTable)) assert.notEqual(messageOf(ibm)?.text, undefined);
});

test('a failure is two lines, whatever its message holds', () => {
  const text = failureText(new CurfewError('realm_unknown', 'no "a\r\nb\u001b[2J\u2028"'));
  assert.equal(
    text,
    'Could not perform the administration request.\nError: CTGSI0306E no "a\\r\\nb\\x1b[2J\\u2028" (status 0x38c58132)',
  );
});

test('help lists the commands that begin with some words', () => {
  assert.match(helpText(dscadmin), /^help/);
  assert.equal(
    helpText(pdadmin, 'server task default-webseald-cruz sms trace get'),
    'server task <server> sms trace get\n    shows how much is logged',
  );
  assert.throws(() => helpText(pdadmin, 'acl'), { code: 'invalid_input' });
});

test('completion gives the next words, the servers and the options', () => {
  assert.deepEqual(completionsOf(pdadmin, 'ser'), ['server']);
  assert.deepEqual(completionsOf(pdadmin, 'server task ', ['a-webseald-b']), ['a-webseald-b']);
  assert.deepEqual(completionsOf(pdadmin, 'server task a-webseald-b sms session '), [
    'list',
    'refresh',
    'terminate',
  ]);
  assert.deepEqual(completionsOf(pdadmin, 'server task x sms session terminate session 678 -'), ['-realm']);
  assert.deepEqual(completionsOf(dscadmin, 'se'), ['session']);
  assert.deepEqual(completionsOf(pdadmin, 'acl '), []);
});
