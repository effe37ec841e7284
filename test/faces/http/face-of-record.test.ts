import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicAdmin, startTestServer } from '../../support/http-server.ts';

test("Curfew's own clients are named in the ledger as what they are, and nobody passes for another protocol", async (t) => {
  const server = await startTestServer(t);
  for (const [told, kept] of [
    ['cli', 'cli'],
    ['console', 'console'],
    ['element', 'http'],
    ['', 'http'],
  ] as const) {
    const answer = await server.ask('POST /v1/revocations', {
      auth: basicAdmin,
      headers: { 'curfew-face': told },
      body: { selector: { username: 'ann' }, reason: 'a test' },
    });
    assert.equal(answer.body.revocation.face, kept);
  }
});
