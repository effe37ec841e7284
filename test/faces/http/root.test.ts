import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../../support/http-server.ts';

const html = 'text/html,application/xhtml+xml,*/*;q=0.8';

/** Asks for `/` without following where it leads. */
async function askRoot(port: number, accept: string) {
  const answer = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual', headers: { accept } });
  const { status, headers } = answer;
  return { status, location: headers.get('location'), vary: headers.get('vary'), text: await answer.text() };
}

test('a browser at the first address is led to the console, a program is told of the documents and the console', async (t) => {
  const server = await startTestServer(t);
  const led = await askRoot(server.httpPort, html);
  assert.deepEqual([led.status, led.location], [303, '/console/']);
  const told = await askRoot(server.httpPort, 'application/json');
  assert.equal(told.status, 404);
  const { code, detail } = JSON.parse(told.text);
  assert.equal(code, 'not_found');
  assert.match(detail, /\/docs.*\/console\//);
  assert.match(told.vary ?? '', /accept/);
});

test('without the console nobody is led to it', async (t) => {
  const server = await startTestServer(t, { 'faces-console-enabled': 'false' });
  for (const accept of [html, '*/*']) {
    const { status, location, text } = await askRoot(server.httpPort, accept);
    assert.deepEqual([status, location], [404, null]);
    assert.match(text, /\/docs/);
    assert.doesNotMatch(text, /console/);
  }
});
