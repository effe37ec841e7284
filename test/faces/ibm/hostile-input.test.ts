import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { basicAdmin } from '../../support/http-server.ts';
import { property } from '../../support/seed.ts';
import { ibmWorld, rawRequest, readRaw, server, sms } from './world.ts';

const path = '/isam/pdadmin';

test('a body that is none of ours is refused in one sentence, never with 500', async (t) => {
  const { send, live, signIn } = await ibmWorld(t);
  await signIn('ann');
  const command = `${sms} session terminate all_sessions ann -realm ibm.com`;
  for (const [body, status] of [
    ['', 400],
    ['null', 400],
    ['[]', 400],
    ['"server list"', 400],
    ['{', 400],
    ['{}', 400],
    ['{"commands":null}', 400],
    ['{"commands":{"0":"server list"}}', 400],
    ['{"commands":[1]}', 400],
    ['{"commands":[["server list"]]}', 400],
    ['{"commands":["server list"],"bogus":1}', 400],
    ['{"commands":["server list"],"admin_id":1}', 400],
    ['{"commands":["server list"],"admin_id":""}', 400],
    ['{"__proto__":{"commands":["server list"]}}', 400],
    [`{"commands":["server list"],"commands":["${command}"]}`, 400],
    [`{"commands":${'['.repeat(2000)}${']'.repeat(2000)}}`, 400],
    [`{"commands":["${'a '.repeat(40_000)}"]}`, 400],
    [`{"commands":["\\ud800"]}`, 400],
    [`{"commands":[${Array(10_001).fill('""').join()}]}`, 400],
    [`{"commands":["${'x'.repeat(1_100_000)}"]}`, 413],
  ] as const) {
    const answer = readRaw(await send(rawRequest('POST', path, {}, body)));
    assert.equal(answer.status, status, body.slice(0, 80));
    assert.equal(typeof JSON.parse(answer.body).message, 'string');
    assert.equal(answer.body.length < 2000, true);
  }
  assert.deepEqual(await live(), ['ann']);
});

test('bytes that are no UTF-8 are refused in body and address', async (t) => {
  const { send } = await ibmWorld(t);
  const head = rawRequest('POST', path, {}, 'x'.repeat(25));
  const bytes = Buffer.concat([
    Buffer.from(head.slice(0, head.indexOf('\r\n\r\n') + 4)),
    Buffer.from('{"commands":["server \xff"]}', 'latin1').subarray(0, 25),
  ]);
  assert.equal(readRaw(await send(bytes)).status, 400);
  const answer = await send(rawRequest('GET', '/isam/dsc/admin/replicas/%ff/sessions'));
  assert.equal(readRaw(answer).status, 400);
});

test('a body of another type is refused, since a form of another site could send it', async (t) => {
  const { ask, live, signIn } = await ibmWorld(t);
  await signIn('ann');
  const body = JSON.stringify({ commands: [`${sms} session terminate all_sessions ann -realm ibm.com`] });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '']) {
    const answer = await ask(`POST ${path}`, { auth: basicAdmin, body, headers: { 'content-type': type } });
    assert.equal(answer.status, 400, type);
  }
  assert.deepEqual(await live(), ['ann']);
});

test('line feeds and escape sequences in names never break a line of output', async (t) => {
  const { pdadmin, signIn } = await ibmWorld(t);
  await signIn('ann\u2028bob', 'ibm.com', { provider: { type: 'x', name: 'y\u202ez' } });
  const { lines } = await pdadmin([`${sms} session list * 5 -realm ibm.com`]);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', / "ann\\\\u2028bob" +"x\/y\\\\u202ez" /);
  for (const command of [
    'server task "a\u001b[2Jb" sms realm list',
    `${sms} session list * 5 -realm "a\u2028b"`,
    `${sms} session terminate all_sessions "a\u0085b" -realm ibm.com`,
    'fro\u0007b',
  ]) {
    const { status, lines: said } = await pdadmin([command]);
    assert.equal(status, 400);
    assert.equal(said.length, 2, command);
    assert.equal(/[\p{Cc}\u2028]/u.test(said.join('')), false, command);
  }
  // A line feed ends a command, so that nothing after it passes for a part of a name.
  const split = await pdadmin([`${sms} session terminate all_sessions "ann\r\nserver list`]);
  assert.match(split.message ?? '', /quote is not closed/);
});

test('whatever is sent as a command, the answer is a result or a message', async (t) => {
  const { pdadmin } = await ibmWorld(t);
  const word = fc.constantFrom(
    'server',
    'task',
    server,
    'sms',
    'session',
    'list',
    'terminate',
    'all_sessions',
    'help',
    'errtext',
    '-realm',
    '"',
    '\\',
    '-',
    '\u2013realm',
    'ibm.com',
    '*',
    '9',
    '#',
    '\n',
    'policy',
    'login',
    '-a',
    '-p',
    '\u0000',
    '🦊',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }), async (words) => {
      const { status, message, result } = await pdadmin([words.join(' ')]);
      assert.equal(status === 200 || status === 400, true);
      assert.equal(status === 400, message !== undefined);
      assert.equal(/\p{Cc}/u.test(result.replaceAll('\n', '')), false);
    }),
    property(150),
  );
});

test('a request that breaks off does no harm to the next', async (t) => {
  const { send, httpPort } = await ibmWorld(t);
  const request = rawRequest('POST', path, {}, JSON.stringify({ commands: ['server list'] }));
  await new Promise<void>((resolve) => {
    const socket = connect(httpPort, '127.0.0.1', () => {
      socket.once('close', () => resolve());
      socket.write(request.slice(0, -10), () => socket.destroy());
    });
  });
  assert.equal(readRaw(await send(request)).status, 200);
});
