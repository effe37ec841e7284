import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { operations } from '../../src/operations/table.ts';
import { commandLine } from '../cli/command-line.ts';
import { atEnd } from './at-end.ts';
import { adminPassword, checkOver, type ServerProcess, startProcess } from './server-process.ts';

const provider = { type: 'basic', name: 'main' };

/** What nobody may find again, by what it is. */
class Secrets {
  readonly #kept = new Map<string, string>();

  /** Keeps a secret and gives it back. */
  add(what: string, secret: string): string {
    this.#kept.set(secret, what);
    return secret;
  }

  /** What of them stands in some bytes, in any form in which it might have been written. */
  foundIn(bytes: Buffer): string[] {
    const found: string[] = [];
    for (const [secret, what] of this.#kept) {
      for (const [form, text] of Object.entries(formsOf(secret))) {
        if (bytes.includes(text)) found.push(`${what} (${form})`);
      }
    }
    return found;
  }
}

function formsOf(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  const forms: Record<string, string> = {
    plain: secret,
    hex: bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
    'URL-encoded': encodeURIComponent(secret),
    'a form field': new URLSearchParams([['', secret]]).toString().slice(1),
    reversed: [...secret].reverse().join(''),
    'UTF-16': bytes.toString().split('').join('\0'),
    'as in Basic': Buffer.from(`admin:${secret}`).toString('base64'),
  };
  // Base64 has three forms, by where the secret begins within three bytes; what depends on its neighbours is cut off.
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=*$/, '');
    const inner = text.slice(shift === 0 ? 0 : 4, -4);
    forms[`base64 from ${shift}`] = inner;
    forms[`base64url from ${shift}`] = inner.replaceAll('+', '-').replaceAll('/', '_');
  }
  return forms;
}

/** Every answer that is not meant to hold a secret, as raw text with its headers. */
class Answers {
  readonly #texts: string[] = [];

  async keep(answer: Response): Promise<Response> {
    const text = await answer.clone().text();
    this.#texts.push(JSON.stringify([...answer.headers]), text);
    return answer;
  }

  get bytes(): Buffer {
    return Buffer.from(this.#texts.join('\n'));
  }
}

/** Sends secrets to where people send them by mistake. */
async function mistakes({ url }: ServerProcess, answers: Answers, secret: string): Promise<void> {
  const basic = (name: string, password: string) =>
    `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  const admin = { authorization: basic('admin', adminPassword) };
  const json = { ...admin, 'content-type': 'application/json' };
  const encoded = encodeURIComponent(secret);
  const get = (path: string, headers: Record<string, string> = admin) => fetch(`${url}${path}`, { headers });
  const post = (path: string, body: string, headers: Record<string, string> = json) =>
    fetch(`${url}${path}`, { method: 'POST', headers, body });
  const register = { username: 'ann', provider };
  const attempts = [
    get(`/v1/sessions/${encoded}`),
    get(`/v1/nowhere/${encoded}`),
    get(`/v1/sessions?cursor=${encoded}`),
    get(`/v1/sessions?state=${encoded}`),
    get(`/v1/sessions?limit=${encoded}`),
    get(`/v1/sessions?sessionIds=${encoded}`),
    get(`/v1/sessions?asOf=${encoded}`),
    get(`/v1/sessions?token=${encoded}`),
    get(`/v1/check?token=${encoded}`, {}),
    get(`/v1/check?realm=${encoded}`, {}),
    get('/v1/check', { authorization: `Bearer ${secret}x` }),
    get('/v1/sessions', { authorization: secret }),
    get('/v1/sessions', { authorization: `Token ${secret}` }),
    get('/v1/sessions', { authorization: `Bearer ${secret}x` }),
    get('/v1/sessions', { authorization: basic(secret, 'nonsense!') }),
    get('/v1/sessions', { authorization: basic('eve', `${secret}x`) }),
    get('/v1/me/sessions', { cookie: `curfew_session=${encoded}x` }),
    post('/v1/sessions', `{"username":"${secret}`),
    post('/v1/sessions', `{"username":"ann",}${secret}`),
    post('/v1/sessions', JSON.stringify({ ...register, authenticatedAt: secret })),
    post('/v1/sessions', JSON.stringify({ ...register, epoch: secret })),
    post('/v1/sessions', JSON.stringify({ ...register, adminIds: [secret] })),
    post('/v1/sessions', JSON.stringify({ ...register, client: { ip: secret } })),
    post('/v1/sessions', JSON.stringify(register), { ...json, 'idempotency-key': `${secret} ` }),
    post('/v1/sessions', secret, { ...admin, 'content-type': 'text/plain' }),
    post('/v1/sessions', JSON.stringify(secret)),
    post(`/v1/sessions?token=${encoded}`, JSON.stringify(register)),
    post('/v1/sessions/check', JSON.stringify({ tokens: secret })),
    post('/v1/sessions/check', JSON.stringify({ tokens: [secret, 7] })),
    post('/v1/revocations', JSON.stringify({ selector: { sessionIds: [secret] }, reason: 'a test' })),
    post('/v1/revocations', JSON.stringify({ selector: { ip: secret }, reason: 'a test' })),
    post('/v1/admins', JSON.stringify({ username: 'x', password: secret, accessGroups: [] })),
    post('/v1/admins', JSON.stringify({ username: 'x', password: [secret], accessGroups: ['read'] })),
    post('/v1/admins/1/password', JSON.stringify({ password: secret.slice(0, 5), currentPassword: secret })),
    post('/v1/keys', JSON.stringify({ name: 'x', scopes: [secret] })),
    post('/v1/sessions', JSON.stringify({ ...register, [secret]: 1 })),
    get(`/v1/sessions?${encoded}=1`),
  ];
  for (const attempt of attempts) await answers.keep(await attempt);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

it('P6: no token, password or key is found in any file, log, list, error, metric or document', {
  timeout: 120_000,
}, async (t) => {
  const line = commandLine();
  atEnd(t, () => line.remove());
  const data = join(line.folder, 'data');
  const secrets = new Secrets();
  const answers = new Answers();
  secrets.add('the password of the first administrator', adminPassword);
  const server = await startProcess(t, {
    data,
    flags: ['--limits-failures-per-minute', '1000000', '--tls', 'self-signed', '--tls-port', '0'],
  });
  const { client, url } = server;

  const register = { username: 'ann', provider, client: { ip: '192.0.2.1', userAgent: 'a browser' } };
  const token = (what: string, made: { token: string }) => secrets.add(what, made.token);
  const live = token('a live token', await client.sessions.register(register));
  const ended = token('an ended token', await client.sessions.register({ ...register, username: 'bob' }));
  const idempotencyKey = secrets.add('an idempotency key', 'sign-in-4711-of-ann-at-noon');
  token('a replaced token', await client.sessions.register({ ...register, idempotencyKey }));
  const repeated = token(
    'the token in its place',
    await client.sessions.register({ ...register, idempotencyKey }),
  );
  const key = secrets.add(
    'a key',
    (await client.keys.create({ name: 'shop', scopes: ['register', 'check', 'list', 'terminate'] })).secret,
  );
  const gone = await client.keys.create({ name: 'old', scopes: ['check'] });
  secrets.add('a revoked key', gone.secret);
  await client.keys.delete({ id: gone.key.id });
  const first = secrets.add('a former password', 'the first password of eve');
  const second = secrets.add('a present password', 'the second password of eve');
  const { admin } = await client.admins.create({ username: 'eve', password: first, accessGroups: ['read'] });
  await client.admins.password({ id: admin.id, password: second });
  const imported = secrets.add('an imported token', `cfs_${'Zq3_'.repeat(10)}abc`);
  const tokenHash = createHash('sha256').update(imported).digest('hex');
  await client.sessions.import({
    sessions: [{ ...register, createdAt: new Date().toISOString(), tokenHash }],
  });
  await client.revocations.create({ selector: { username: 'bob' }, reason: 'a test' });

  // Uses, good and bad, through every way in.
  for (const one of [live, ended, repeated, imported, key]) {
    await checkOver(server, one);
    await answers.keep(
      await fetch(`${url}/v1/check`, {
        headers: { cookie: `curfew_session=${one}`, accept: 'application/json' },
      }),
    );
    await answers.keep(await fetch(`${url}/v1/sessions`, { headers: { authorization: `Bearer ${one}` } }));
    await answers.keep(await fetch(`${url}/v1/me/sessions`, { headers: { authorization: `Bearer ${one}` } }));
  }
  for (const one of [live, key, second]) await mistakes(server, answers, one);

  // Everything there is to read.
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  const paths = operations
    .filter(({ http }) => http.method === 'GET' && !http.path.includes('{'))
    .map(({ http }) => http.path);
  for (const path of [
    ...paths,
    '/v1/sessions?state=any',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/healthz',
    '/readyz',
  ]) {
    await answers.keep(await fetch(`${url}${path}`, { headers: { authorization } }));
  }
  const checked = await client.sessions.check({ tokens: [live, ended, repeated, imported, 'nonsense'] });
  const env = { CURFEW_URL: url, CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: adminPassword };
  const commands = [
    ['sessions', 'list', '--json'],
    ['export'],
    ['admins', 'list'],
    ['keys', 'list'],
    ['journal'],
    ['doctor'],
    ['revocations', 'list'],
    ['sessions', 'show', live],
    ['terminate', '--session', live, '--reason', 'x', '--yes'],
    ['backup'],
    ['--debug', 'sessions', 'show', live],
  ];
  let said = JSON.stringify(checked);
  for (const command of commands) {
    const { stdout, stderr } = await line.run(command, { env });
    // A command line that is wrong may be shown to whoever typed it.
    said += command.includes(live) ? (stdout + stderr).replaceAll(live, '') : stdout + stderr;
  }
  const wrong = await line.run(['sessions', 'list'], {
    env: { ...env, CURFEW_PASSWORD: `${second} but wrong` },
  });
  said += wrong.stdout + wrong.stderr;

  assert.deepEqual(secrets.foundIn(answers.bytes), [], 'in an answer');
  assert.deepEqual(secrets.foundIn(Buffer.from(said)), [], 'in what a command said');
  assert.deepEqual(secrets.foundIn(Buffer.from(server.output)), [], 'in the log or on the screen');
  assert.match(server.output, /answered a request/, 'the log was as loud as it can be');
  const whileRunning = filesOf(data);
  assert.ok(
    whileRunning.some((path) => path.endsWith('-wal')) &&
      whileRunning.some((path) => path.includes('backups')),
  );
  for (const path of whileRunning) assert.deepEqual(secrets.foundIn(readFileSync(path)), [], path);
  await server.stop();
  for (const path of filesOf(data)) {
    assert.deepEqual(secrets.foundIn(readFileSync(path)), [], path);
    assert.equal(statSync(path).mode & 0o007, 0, `${path} is nobody else's to read`);
  }
});

it('P6: the scan above finds a secret in each of its forms', () => {
  const secrets = new Secrets();
  const secret = secrets.add('a token', `cfs_${'Ab1-'.repeat(10)}xyz`);
  for (const text of [
    secret,
    Buffer.from(secret).toString('hex'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`x${secret}`).toString('base64url'),
  ]) {
    assert.notDeepEqual(secrets.foundIn(Buffer.from(`before ${text} after`)), []);
  }
  assert.deepEqual(secrets.foundIn(Buffer.from('nothing of it')), []);
});
