import assert from 'node:assert/strict';
import { get } from 'node:http';
import { describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { encodingFor, readConsoleFiles } from '../../../src/faces/console/files.ts';
import { startTestServer } from '../../support/http-server.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
];

describe('the files of the console', () => {
  test('every answer below /console bears the policy and stands in no frame', async (t) => {
    const server = await startTestServer(t);
    const asset = /\/console\/assets\/[\w-]+\.js/.exec((await server.ask('GET /console/')).body)?.[0];
    for (const path of [
      '/console',
      '/console/',
      '/console/sessions',
      '/console/session',
      `${asset}`,
      '/console/assets/none.js',
    ]) {
      const { headers } = await server.ask(`GET ${path}`, { headers: { 'sec-fetch-site': 'same-origin' } });
      const given = headers.get('content-security-policy')?.split('; ') ?? [];
      for (const rule of policy) assert.ok(given.includes(rule), `${path}: ${rule}`);
      assert.equal(
        given.some((rule) => /unsafe|https?:|\*/.test(rule)),
        false,
        path,
      );
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    }
  });

  test('the page is kept by nobody, and what it loads for ever, under names that bear its digest', async (t) => {
    const server = await startTestServer(t);
    const page = await server.ask('GET /console/');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => String(path));
    const assets = loaded.filter((path) => path !== '/me');
    assert.ok(assets.length >= 3);
    for (const path of assets) {
      assert.match(path, /^\/console\/assets\/[\w.-]+-[\w-]{8}\.(js|css|svg)$/);
      const { headers } = await server.ask(`GET ${path}`);
      assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable');
    }
  });

  test('the page holds no script and no style of its own, and says without scripts that it needs them', async (t) => {
    const server = await startTestServer(t);
    const { body } = await server.ask('GET /console/');
    assert.equal(/<script(?![^>]*\ssrc=)/.test(body), false);
    assert.equal(/<style|\sstyle=|\son\w+=/.test(body), false);
    assert.match(body, /<noscript>[\s\S]*needs JavaScript[\s\S]*<\/noscript>/);
  });

  test('each file is sent in the smallest form that the client takes, and is the same in all', async (t) => {
    const server = await startTestServer(t);
    const path = /\/console\/assets\/[\w-]+\.js/.exec((await server.ask('GET /console/')).body)?.[0] ?? '';
    const plain = await fetchRaw(server.httpPort, path, 'identity');
    const gzip = await fetchRaw(server.httpPort, path, 'gzip, deflate');
    const br = await fetchRaw(server.httpPort, path, 'gzip, deflate, br');
    assert.equal(plain.encoding, undefined);
    assert.equal(gzip.encoding, 'gzip');
    assert.equal(br.encoding, 'br');
    assert.deepEqual(gunzipSync(gzip.body), plain.body);
    assert.deepEqual(brotliDecompressSync(br.body), plain.body);
    assert.ok(br.body.length < gzip.body.length && gzip.body.length < plain.body.length / 2);
    for (const answer of [plain, gzip, br]) assert.equal(answer.vary, 'accept-encoding');
  });

  test('a form that is refused by q=0 is not sent', () => {
    const file = { type: 'x', plain: Buffer.from('p'), gzip: Buffer.from('g'), br: Buffer.from('b') };
    assert.equal(encodingFor(file, 'br;q=0, gzip;q=0.5').encoding, 'gzip');
    assert.equal(encodingFor(file, 'gzip;q=0.0').encoding, undefined);
    assert.equal(encodingFor(file, 'broken').encoding, undefined);
    assert.equal(encodingFor(file, undefined).encoding, undefined);
  });

  test('no path leads out of the folder, and only GET and HEAD are taken', async (t) => {
    const server = await startTestServer(t);
    for (const path of [
      '/console/assets/../index.html',
      '/console/assets/%2e%2e/index.html',
      '/console/assets/..%2f..%2f..%2fpackage.json',
      '/console/assets/',
    ]) {
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      assert.match(await server.send(head), /^HTTP\/1\.1 404 /, path);
    }
    const post = await server.ask('POST /console/');
    assert.equal(post.status, 405);
    assert.equal(post.headers.get('allow'), 'GET, HEAD');
    const head = await server.send('HEAD /console/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 200 /);
    assert.equal(head.endsWith('\r\n\r\n'), true);
    const moved = await fetch(`${server.url}/console`, { redirect: 'manual' });
    assert.equal(moved.status, 308);
    assert.equal(moved.headers.get('location'), '/console/');
  });

  test('the page comes in the colours that the reader has chosen, and takes nothing else from the cookie', async (t) => {
    const server = await startTestServer(t);
    const tagFor = async (theme: string) => {
      const headers = { cookie: `curfew_console_theme=${theme}` };
      return /<html [^>]*>/.exec((await server.ask('GET /console/', { headers })).body)?.[0];
    };
    assert.equal(await tagFor('dark'), '<html data-theme="dark" lang="en">');
    assert.equal(await tagFor('light'), '<html data-theme="light" lang="en">');
    for (const evil of ['system', '"><script>', '', 'constructor'])
      assert.equal(await tagFor(evil), '<html lang="en">');
  });

  test('a console that was not built is told of, and keeps nothing else from being served', async () => {
    assert.equal(readConsoleFiles('/nowhere'), undefined);
  });
});

interface RawAnswer {
  readonly body: Buffer;
  readonly encoding: string | undefined;
  readonly vary: string | undefined;
}

/** An answer as it came over the wire; fetch would unpack it. */
function fetchRaw(port: number, path: string, accepted: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: '127.0.0.1', headers: { 'accept-encoding': accepted } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          body: Buffer.concat(parts),
          encoding: response.headers['content-encoding'],
          vary: response.headers.vary,
        }),
      );
    }).on('error', reject);
  });
}
