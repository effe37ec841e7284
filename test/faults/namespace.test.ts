import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { checkOver } from '../promises/server-process.ts';
import { skipWithoutNamespaces, startNetworkNamespace } from '../support/network-namespace.ts';
import { skipWithoutPostgres, startPostgres } from '../support/postgres.ts';
import { handOver } from '../support/postgres-process.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { Cluster, ClusterNode, makeKey, pause } from './cluster.ts';

const skip = skipWithoutPostgres() || skipWithoutNamespaces();

it('a cut is final on all nodes, and hits nobody else, while the network loses the packets of one', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const namespace = startNetworkNamespace();
  atEnd(t, () => namespace.close());
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const hba = join(folder.path, 'pg_hba.conf');
  writeFileSync(
    hba,
    ['127.0.0.1/32', '198.18.0.0/15'].map((net) => `host all all ${net} scram-sha-256\n`).join(''),
  );
  for (const path of [folder.path, hba]) handOver(path);
  const postgres = await startPostgres({
    settings: [
      `listen_addresses = 127.0.0.1,${namespace.servers}`,
      `hba_file = ${hba}`,
      'max_connections = 120',
    ],
  });
  atEnd(t, () => postgres.stop());
  const secretKey = randomBytes(32).toString('base64url');
  const beyond = new URL(postgres.url);
  beyond.hostname = namespace.servers;
  const here = await ClusterNode.startAt(t, { name: 'here', store: postgres.url, secretKey });
  const there = await ClusterNode.startAt(t, {
    ...{ name: 'there', store: beyond.href, secretKey },
    place: { through: namespace.through, host: namespace.address },
  });
  const cluster = Cluster.of([here, there], await makeKey(here));

  await t.test('nothing that it says arrives at the database, and nothing from there at it', async (t) => {
    const { token } = await here.process.client.sessions.register({
      ...{ username: 'eve', provider: { type: 'basic', name: 'main' } },
    });
    const witness = await cluster.weather(t, async () => {
      namespace.cut({ toServers: true, toThere: true });
      // What was under way may still be answered, from what came before.
      await pause(2500);
      for (let n = 0; n < 3; n++) {
        assert.equal((await checkOver(there.process, token)).status, 503, 'who cannot know lets nobody in');
        assert.equal((await checkOver(here.process, token)).status, 200, 'the others go on');
      }
      namespace.heal();
    });
    assert.ok(witness.checks.some(({ node, status }) => node === there.name && status === 503));
  });

  await t.test('what the database says is lost, so that commits are made that nobody hears of', async (t) => {
    await cluster.weather(t, async () => {
      for (let times = 0; times < 3; times++) {
        namespace.cut({ toThere: true });
        await pause(1000);
        namespace.heal();
        await pause(500);
      }
    });
  });

  await t.test('what it says is lost', async (t) => {
    await cluster.weather(t, async () => {
      namespace.cut({ toServers: true });
      await pause(2500);
      namespace.heal();
    });
  });
  assert.ok((await here.process.client.ledger.verify()).intact);
});
