import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { type Verification, verifyData } from '../../src/offline.ts';
import type { Anchor } from '../../src/session/chain.ts';
import { chainedPart, chainHash } from '../../src/session/revocation.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { revocationOfRow } from '../../src/store/sqlite/row.ts';
import { commandLine } from '../cli/command-line.ts';
import { withSeed } from '../support/seed.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { adminPassword } from './server-process.ts';

const entries = 12;
const old = 5;

/** Twelve entries in the ledger and some more in the journal. */
async function history({ client }: TestServer): Promise<Anchor> {
  const provider = { type: 'basic', name: 'main' };
  for (let number = 1; number <= entries; number++) {
    const username = `user ${number}`;
    await client.sessions.register({ username, provider });
    await client.revocations.create({ selector: { username }, reason: `reason-of-${number}` });
    await client.keys.create({ name: `key ${number}`, scopes: ['check'] });
  }
  const { head, hash } = await client.ledger.get();
  return { seq: head, hash };
}

/** The database of a stopped server with a history. */
async function stoppedHistory(t: TestContext): Promise<{ file: string; folder: string; anchor: Anchor }> {
  const temporary = makeTemporaryDirectory();
  atEnd(t, () => temporary.remove());
  const server = await startTestServer(t, { data: join(temporary.path, 'data') });
  const anchor = await history(server);
  await server.close();
  return { file: join(server.data, 'curfew.db'), folder: temporary.path, anchor };
}

async function edit(file: string, ...statements: readonly string[]): Promise<void> {
  const db = await Database.open(file, { cacheKiB: 1024 });
  try {
    for (const sql of statements) db.exec(sql);
    // A copy of the file is looked at, so nothing may stay behind in the log.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}

/** What a copy of the database verifies as once it was tampered with. */
async function verdictOn(
  { file, folder }: { file: string; folder: string },
  tamper: (copy: string) => Promise<void> | void,
  anchor?: Anchor,
): Promise<Verification> {
  const copy = join(folder, 'copy.db');
  copyFileSync(file, copy);
  await tamper(copy);
  return verifyData(copy, anchor);
}

const textEdits = (column: string) => [
  `${column} = ${column} || ' '`,
  `${column} = substr(${column}, 2)`,
  `${column} = char(unicode(${column}) + 1) || substr(${column}, 2)`,
];
const shared = [
  'at = at + 1',
  'at = at - 1',
  ...['by_kind', 'by_id', 'by_name', 'face', 'from_address', 'previous_hash', 'hash'].flatMap(textEdits),
  'from_address = NULL',
];
const edits = {
  revocation: [...shared, ...textEdits('reason'), ...textEdits('selector').slice(1), 'matched = matched - 1'],
  journal: [...shared, ...textEdits('event'), ...textEdits('detail').slice(1)],
} as const;

for (const [table, changes] of Object.entries(edits)) {
  it(`P7: an edit of any column of an old entry of the table ${table} is found, and the entry named`, async (t) => {
    const stopped = await stoppedHistory(t);
    const chain = table === 'revocation' ? 'ledger' : 'journal';
    const untouched = await verdictOn(stopped, () => {}, stopped.anchor);
    assert.deepEqual([untouched.ledger.broken, untouched.journal.broken], [undefined, undefined]);
    for (const change of changes) {
      const found = await verdictOn(stopped, (copy) =>
        edit(copy, `UPDATE ${table} SET ${change} WHERE seq = ${old}`),
      );
      const seq = found[chain].broken?.seq;
      // A hash that was changed shows at the entry itself or at the one that follows from it.
      assert.ok(seq === old || (change.startsWith('hash') && seq === old + 1), `${change}: ${seq}`);
    }
  });

  it(`P7: a deleted, inserted or swapped entry of the table ${table} is found`, async (t) => {
    const stopped = await stoppedHistory(t);
    const chain = table === 'revocation' ? 'ledger' : 'journal';
    const swapped = [old, old + 1].map(
      (seq) => `UPDATE ${table} SET seq = ${seq} WHERE seq = ${2 * old + 1 - seq - 1000}`,
    );
    const forgeries: Record<string, string[]> = {
      deleted: [`DELETE FROM ${table} WHERE seq = ${old}`],
      'deleted and renumbered': [
        `DELETE FROM ${table} WHERE seq = ${old}`,
        `UPDATE ${table} SET seq = -seq WHERE seq > ${old}`,
        `UPDATE ${table} SET seq = -seq - 1 WHERE seq < 0`,
      ],
      'the first deleted': [`DELETE FROM ${table} WHERE seq = 1`],
      swapped: [`UPDATE ${table} SET seq = seq - 1000 WHERE seq IN (${old}, ${old + 1})`, ...swapped],
      doubled: [
        `CREATE TEMP TABLE one AS SELECT * FROM ${table} WHERE seq = ${old}`,
        'UPDATE one SET seq = 1000',
        `INSERT INTO ${table} SELECT * FROM one`,
      ],
    };
    for (const [name, statements] of Object.entries(forgeries)) {
      const found = await verdictOn(stopped, (copy) => edit(copy, ...statements));
      assert.notEqual(found[chain].broken, undefined, name);
    }
  });
}

it('P7: a ledger cut short is found by a head that was noted before; without one nothing in the file can tell', async (t) => {
  const stopped = await stoppedHistory(t);
  const truncate = (copy: string) => edit(copy, `DELETE FROM revocation WHERE seq > ${entries - 2}`);
  const noted = await verdictOn(stopped, truncate, stopped.anchor);
  assert.match(noted.ledger.broken?.problem ?? '', /was noted/);
  // The shorter chain is a true ledger of an earlier day, so this is the limit of what a hash chain can prove.
  assert.equal((await verdictOn(stopped, truncate)).ledger.broken, undefined);
});

it('P7: a ledger written anew from some entry on, with right hashes, is found by a head that was noted before', async (t) => {
  const stopped = await stoppedHistory(t);
  const rewritten = async (copy: string): Promise<void> => {
    const db = await Database.open(copy, { cacheKiB: 1024 });
    let previous = '';
    for (const row of db.all('SELECT * FROM revocation ORDER BY seq')) {
      const entry = {
        ...revocationOfRow(row),
        ...(Number(row.seq) === old ? { reason: 'nothing of note' } : {}),
      };
      const before = entry.seq === 1 ? entry.previousHash : previous;
      previous = chainHash(before, chainedPart(entry));
      db.run(
        'UPDATE revocation SET reason = ?, previous_hash = ?, hash = ? WHERE seq = ?',
        entry.reason,
        before,
        previous,
        entry.seq,
      );
    }
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
  };
  assert.equal(
    (await verdictOn(stopped, rewritten)).ledger.broken,
    undefined,
    'the chain is whole in itself',
  );
  assert.notEqual((await verdictOn(stopped, rewritten, stopped.anchor)).ledger.broken, undefined);
});

it('P7: one byte flipped in the file within an old entry never verifies as intact', async (t) => {
  const stopped = await stoppedHistory(t);
  const bytes = readFileSync(stopped.file);
  const selector = `{"username":"user ${old}"}`;
  const start = bytes.indexOf(`${selector}administrator1adminhttp127.0.0.1reason-of-${old}`);
  assert.ok(start > 0, 'the entry stands in the file as it was written');
  // Up to the end of its two hashes. Numbers as small as its count take no byte, and how far the sweep is follows behind them.
  const length = bytes.indexOf(`reason-of-${old}`, start) - start + `reason-of-${old}`.length + 128;
  await withSeed(async (random) => {
    for (let flip = 0; flip < 40; flip++) {
      const place = start + random.below(length);
      const bit = 1 << random.below(8);
      const spoil = (copy: string): void => {
        const spoilt = Buffer.from(bytes);
        spoilt[place] = (spoilt[place] ?? 0) ^ bit;
        writeFileSync(copy, spoilt);
      };
      const found = await verdictOn(stopped, spoil).catch((error: unknown) => {
        assert.ok(
          error instanceof CurfewError && error.code !== 'internal',
          `byte ${place - start}: ${error}`,
        );
        return undefined;
      });
      if (found !== undefined)
        assert.equal(found.ledger.broken?.seq, old, `byte ${place - start}, bit ${bit}`);
    }
  });
});

it('P7: curfew ledger verify finds an edit online and offline, and ends with its own exit code', async (t) => {
  const line = commandLine();
  atEnd(t, () => line.remove());
  const data = join(line.folder, 'data');
  const server = await startTestServer(t, { data });
  const anchor = await history(server);
  const env = { CURFEW_URL: server.url, CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: adminPassword };
  assert.equal((await line.run(['ledger', 'verify'], { env })).code, 0);
  const file = join(data, 'curfew.db');
  await edit(file, `UPDATE revocation SET selector = '{"username":"user 5' WHERE seq = ${old}`);
  const unreadable = await line.run(['ledger', 'verify'], { env });
  assert.equal(unreadable.code, 12, unreadable.stderr);
  assert.match(unreadable.stderr, /entry 5/);
  await edit(file, `UPDATE revocation SET selector = '{"username":"user 55"}' WHERE seq = ${old}`);
  const online = await line.run(['ledger', 'verify', '--json'], { env });
  assert.equal(online.code, 12);
  assert.equal(JSON.parse(online.stdout).ledger.broken.seq, old);
  await edit(file, `UPDATE revocation SET selector = '{"username":"user 5"}' WHERE seq = ${old}`);
  assert.equal((await line.run(['ledger', 'verify'], { env })).code, 0);

  // The running server knows where its ledger ended, so it needs no note to find the end cut off.
  await edit(file, `DELETE FROM revocation WHERE seq > ${entries - 2}`);
  const cutShort = await line.run(['ledger', 'verify'], { env });
  assert.equal(cutShort.code, 12);
  await server.close();
  const offline = await line.run([
    'ledger',
    'verify',
    '--data',
    data,
    '--anchor',
    `${anchor.seq}:${anchor.hash}`,
  ]);
  assert.equal(offline.code, 12, offline.stderr);
});
