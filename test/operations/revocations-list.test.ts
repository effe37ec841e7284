import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicAdmin, startTestServer } from '../support/http-server.ts';

test('The ledger is narrowed to a person, a face, a reason and a span of time, over all pages', async (t) => {
  const server = await startTestServer(t);
  const key = await server.asAdmin('POST /v1/keys', {
    name: 'Robot',
    realm: 'default',
    scopes: ['terminate'],
  });
  const instants: string[] = [];
  for (let n = 0; n < 6; n++) {
    instants.push(new Date(server.clock.now()).toISOString());
    const body = { selector: { username: 'ann' }, reason: `reason ${n} ${n < 3 ? 'Lost' : 'found'}` };
    const isRobot = n % 2 === 0;
    const auth = isRobot ? `Bearer ${key.body.secret}` : basicAdmin;
    const headers = isRobot ? {} : { 'curfew-face': 'cli' };
    assert.equal((await server.ask('POST /v1/revocations', { auth, body, headers })).status, 201);
    server.clock.advance(1000);
  }
  const seqs = async (query: string): Promise<number[]> => {
    const found: number[] = [];
    let cursor: string | undefined;
    do {
      const at = cursor === undefined ? '' : `&cursor=${cursor}`;
      const { status, body } = await server.asAdmin(
        `GET /v1/revocations?limit=1${query === '' ? '' : `&${query}`}${at}`,
      );
      assert.equal(status, 200, JSON.stringify(body));
      found.push(...body.revocations.map(({ seq }: { seq: number }) => seq));
      cursor = body.nextCursor;
    } while (cursor !== undefined);
    return found;
  };
  assert.deepEqual(await seqs(''), [6, 5, 4, 3, 2, 1]);
  assert.deepEqual(await seqs('by=robo'), [5, 3, 1]);
  assert.deepEqual(await seqs('by=ADM'), [6, 4, 2]);
  assert.deepEqual(await seqs('by=nobody'), []);
  assert.deepEqual(await seqs('reason=LOST'), [3, 2, 1]);
  assert.deepEqual(await seqs('face=http'), [5, 3, 1]);
  assert.deepEqual(await seqs('face=cli&reason=found'), [6, 4]);
  assert.deepEqual(await seqs('face=console'), []);
  assert.deepEqual(await seqs(`from=${instants[2]}&to=${instants[4]}`), [4, 3]);
  assert.deepEqual(await seqs(`from=${instants[2]}&by=admin`), [6, 4]);
  assert.deepEqual(await seqs(`to=${instants[1]}`), [1]);
  const first = await server.asAdmin('GET /v1/revocations?limit=1&by=robo');
  const other = await server.asAdmin(`GET /v1/revocations?limit=1&by=adm&cursor=${first.body.nextCursor}`);
  assert.equal(other.status, 400, 'a place in one list is none in another');
});

test('Whoever is bound to a realm cannot tell an entry over several realms from none', async (t) => {
  const server = await startTestServer(t);
  const key = await server.asAdmin('POST /v1/keys', { name: 'Robot', realm: 'prod', scopes: ['list'] });
  for (const selector of [{ all: true, realm: 'prod' }, { username: 'ann' }]) {
    const made = await server.asAdmin('POST /v1/revocations', { selector, reason: 'lost' });
    assert.equal(made.status, 201);
  }
  const auth = `Bearer ${key.body.secret}`;
  assert.equal((await server.ask('GET /v1/revocations/1', { auth })).status, 200);
  for (const seq of [2, 3]) {
    const { status, body } = await server.ask(`GET /v1/revocations/${seq}`, { auth });
    assert.equal(status, 404);
    assert.equal(body.detail, `The ledger has no revocation ${seq} that you may see.`);
  }
});
