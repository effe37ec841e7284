import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { BerReader } from 'ldapts';
import { AfterAll } from '../../support/after-all.ts';
import { freePort } from '../../support/ports.ts';
import { skipWithout } from '../../support/real-parts.ts';
import { type RunningSlapd, startSlapd } from '../../support/slapd.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { makeTestAuthority } from '../../support/test-authority.ts';
import { ldapProvider, people, populate, searching } from './ldap-set-up.ts';

describe('connections to a directory', { skip: skipWithout('slapd', 'openssl') }, () => {
  const ends = new AfterAll();
  let slapd: RunningSlapd;
  before(async () => {
    slapd = await startSlapd(ends);
    await populate(slapd, 'ana');
  });
  after(() => ends.run());

  it('are encrypted by StartTLS before anything is asked, and from the start by ldaps', async (t) => {
    for (const [server, how] of [
      [slapd.url, /STARTTLS[\s\S]*TLS established[\s\S]*BIND/],
      [slapd.secureUrl, /TLS established[\s\S]*BIND/],
    ] as const) {
      const before = slapd.output.length;
      const { signIn, logged } = ldapProvider(t, { ...searching(slapd), servers: [server] });
      assert.equal((await signIn('ana'))?.username, 'ana');
      const told = slapd.output.slice(before);
      assert.match(told, how);
      for (const [, strength] of told.matchAll(/ ssf=(\d+)/g)) assert.notEqual(strength, '0');
      assert.equal(logged(), '');
    }
  });

  it('read the authority from a file too', async (t) => {
    const { ca: _pem, ...settings } = searching(slapd);
    const { signIn } = ldapProvider(t, { ...settings, caFile: slapd.authority.file });
    assert.equal((await signIn('ana'))?.username, 'ana');
  });

  it('are refused to a server of an unknown authority or of another name, and no password is sent', async (t) => {
    const temporary = makeTemporaryDirectory();
    t.after(() => temporary.remove());
    const stranger = makeTestAuthority(temporary.path, 'a stranger');
    const named = await startSlapd(t, { certificateNames: ['DNS:elsewhere.example', 'IP:192.0.2.1'] });
    const cases: [server: RunningSlapd, ca: string | undefined, why: RegExp][] = [
      [slapd, stranger.pem, /certificate|signature/],
      [slapd, undefined, /certificate/],
      [named, named.authority.pem, /127\.0\.0\.1 is not in the cert's list/],
    ];
    for (const [server, ca, message] of cases) {
      for (const url of [server.url, server.secureUrl]) {
        const before = server.output.length;
        const { signIn } = ldapProvider(t, { ...searching(server), servers: [url], ca });
        await assert.rejects(signIn('ana'), { code: 'provider_unavailable', message });
        assert.doesNotMatch(server.output.slice(before), /BIND/);
      }
    }
  });

  it('go to a server that proves nothing only if that is said, with a warning', async (t) => {
    const { ca: _pem, ...settings } = searching(slapd);
    const { signIn, logged } = ldapProvider(t, { ...settings, verifyCertificate: false });
    assert.equal((await signIn('ana'))?.username, 'ana');
    assert.match(logged(), /can be read by whoever is between/);
    const clear = ldapProvider(t, { ...settings, startTls: false });
    assert.equal((await clear.signIn('ana'))?.username, 'ana');
    assert.match(clear.logged(), /can be read by whoever is between/);
    assert.match((await clear.provider.test()).steps[0] ?? '', /without encryption/);
  });

  it('never fall back to no encryption when the server refuses it', async (t) => {
    // protocolError, as a server without certificate answers.
    const { port, asked } = await startFalseServer(t, (socket) => socket.write(startTlsAnswer(2)));
    const { signIn } = ldapProvider(t, { ...searching(slapd), servers: [`ldap://127.0.0.1:${port}`] });
    await assert.rejects(signIn('ana'), {
      code: 'provider_unavailable',
      message: /StartTLS is refused with result 2/,
    });
    assert.deepEqual(asked(), ['extended request']);
  });

  it('take nothing for an answer that came before the encryption (response injection)', async (t) => {
    // Whoever is in between puts a yes to the next question behind the answer, whole or unfinished, at once or later.
    const yes = [2, 3, 4].map((id) => bindAnswer(id, 0));
    const after = [Buffer.concat(yes), bindAnswer(2, 0).subarray(0, 13), Buffer.from([0x30])];
    for (const injected of after) {
      const { signIn } = await startBetween(t, (socket) => {
        socket.write(Buffer.concat([startTlsAnswer(0), injected]));
      });
      await assert.rejects(signIn('ana', 'a guess'), {
        code: 'provider_unavailable',
        message: /somebody may be in between/,
      });
      const later = await startBetween(t, (socket) => {
        socket.write(startTlsAnswer(0), () => setImmediate(() => socket.write(injected)));
      });
      await assert.rejects(later.signIn('ana', 'a guess'), { code: 'provider_unavailable' });
    }
  });

  it('end at once when anything else comes than the answer to StartTLS', async (t) => {
    const answer = startTlsAnswer(0);
    const others = [
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      Buffer.from([0x30, 0x80]),
      Buffer.from([0x30, 0x85, 1, 1, 1, 1, 1]),
      Buffer.concat([Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(5000)]),
      Buffer.from([0x30, 0x00]),
      Buffer.from([0x30, 0x02, 0x02, 0x01]),
      bindAnswer(1, 0),
      Buffer.from(answer).fill(0x02, 4, 5),
      Buffer.from(answer).fill(0x7f, 6, 7),
      Buffer.from(answer).fill(0x02, 8, 9),
    ];
    for (const other of others) {
      const { signIn } = await startBetween(t, (socket) => socket.write(other));
      const why = { code: 'provider_unavailable', message: /somebody may be in between/ };
      await assert.rejects(signIn('ana'), why, other.subarray(0, 16).toString('hex'));
    }
    const silent = await startBetween(t, (socket) => socket.destroy());
    await assert.rejects(silent.signIn('ana'), { message: /the connection broke before TLS/ });
  });

  it('go on where the answer comes byte by byte and names what was asked for, with a true server behind', async (t) => {
    const temporary = makeTemporaryDirectory();
    t.after(() => temporary.remove());
    const issued = slapd.authority.issue(temporary.path, ['IP:127.0.0.1']);
    const name = Buffer.from('1.3.6.1.4.1.1466.20037');
    const named = Buffer.concat([
      Buffer.from([
        0x30, 0x81, 0x24, 0x02, 0x01, 0x01, 0x78, 0x1f, 0x0a, 0x01, 0, 0x04, 0, 0x04, 0, 0x8a, 0x16,
      ]),
      name,
    ]);
    const { signIn } = await startBetween(t, async (socket) => {
      socket.removeAllListeners('data');
      for (const byte of named) {
        await new Promise<void>((resolve) => socket.write(Buffer.from([byte]), () => setImmediate(resolve)));
      }
      const secure = new TLSSocket(socket, {
        isServer: true,
        cert: readFileSync(issued.certificateFile),
        key: readFileSync(issued.keyFile),
      });
      secure.on('error', () => undefined);
      secure.on('data', (request: Buffer) => secure.write(bindAnswer(messageId(request), 49)));
    });
    assert.equal(await signIn('ana', 'a guess'), undefined);
  });

  /** A provider whose server, or whoever is in between, answers its first request so. */
  async function startBetween(t: TestContext, answer: (socket: Socket) => unknown) {
    const { port } = await startFalseServer(t, answer);
    const settings = {
      servers: [`ldap://127.0.0.1:${port}`],
      ca: slapd.authority.pem,
      userDn: `uid={username},${people}`,
      refusalDelay: '0s',
    };
    return ldapProvider(t, settings, {});
  }
});

/** The answer to StartTLS, message 1, with a result (RFC 4511 section 4.14). */
function startTlsAnswer(result: number): Buffer {
  return Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, result, 0x04, 0x00, 0x04, 0x00]);
}

function bindAnswer(id: number, result: number): Buffer {
  return Buffer.from([0x30, 0x0c, 0x02, 0x01, id, 0x61, 0x07, 0x0a, 0x01, result, 0x04, 0x00, 0x04, 0x00]);
}

function messageId(request: Buffer): number {
  const reader = new BerReader(request);
  reader.readSequence();
  return reader.readInt() ?? 0;
}

/** A server that answers the first request of each connection as it is told. */
async function startFalseServer(
  t: Pick<TestContext, 'after'>,
  answer: (socket: Socket) => unknown,
): Promise<{ port: number; asked: () => string[] }> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      asked.push(request[5] === 0x77 ? 'extended request' : 'something else');
      answer(socket);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port, asked: () => asked };
}
