import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { addressToBytes } from '../src/core/address.ts';
import { hashSecret } from '../src/core/tokens.ts';
import { deadlineOf } from '../src/session/session.ts';
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts';
import { noDeadline, tokenKey } from '../src/store/postgres/row.ts';
import { wordsOf } from '../src/store/postgres/words.ts';
import type { RunningPostgres } from '../test/support/postgres.ts';
import { populationVersion, sessionAt, tokenAt } from './population.ts';
import { benchDirectory } from './session-cache.ts';

/** The full store as files that PostgreSQL takes in at once, made one time for each schema and size, and kept. */
export interface CopiedSessions {
  readonly directory: string;
  /** The present of its sessions, epoch milliseconds: seen from then they are all alive. */
  readonly builtAt: number;
}

const columns = {
  realm: 'id, name, digest',
  provider: 'id, realm, type, name, digest',
  app: 'id, realm, name, digest',
  rights: 'id, realm, access_groups, admin_ids, digest',
  session: `id, token_key, token_hash, realm, provider, rights, app, created_at, last_access_at, idle_timeout_ms,
    expires_at, deadline, due_at, epoch, provider_config_version, end_reason, live, username, subject, ip, user_agent, attributes`,
} as const;
type Table = keyof typeof columns;

/** The files of so many sessions, written now if those of this schema are not there yet. */
export async function openCopiedSessions(size: number): Promise<CopiedSessions> {
  const directory = join(benchDirectory(), `${size}-sessions-postgres-${schemaVersion()}`);
  if (!existsSync(directory)) await write(directory, size);
  const { builtAt } = JSON.parse(readFileSync(join(directory, 'built.json'), 'utf8')) as { builtAt: number };
  return { directory, builtAt };
}

/** Fills an empty database: rows first, indexes after them, which takes a third of the time. */
export async function loadInto(postgres: RunningPostgres, url: string, from: CopiedSessions): Promise<void> {
  await (await openPostgresStore({ url })).close();
  const database = new URL(url).pathname.slice(1);
  const query = (sql: string) => postgres.query(sql, [], database);
  const { rows: indexes } = await query(
    `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'curfew' AND tablename = 'session'
      AND indexname <> 'session_pkey'`,
  );
  for (const { indexname } of indexes) await query(`DROP INDEX curfew.${indexname}`);
  for (const [table, names] of Object.entries(columns)) {
    await query(`COPY curfew.${table} (${names}) FROM '${join(from.directory, table)}'`);
  }
  for (const { indexdef } of indexes) await query(`SET maintenance_work_mem = '512MB'; ${indexdef}`);
  for (const table of ['realm', 'provider', 'app', 'rights']) {
    await query(
      `SELECT setval(pg_get_serial_sequence('curfew.${table}', 'id'), (SELECT max(id) FROM curfew.${table}))`,
    );
  }
  await query('VACUUM (ANALYZE)');
  await query('CHECKPOINT');
}

async function write(directory: string, size: number): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const builtAt = Date.now();
  const words = new WordFiles();
  const sessions = createWriteStream(join(unfinished, 'session'));
  for (let index = 0; index < size; index++) {
    if (!sessions.write(sessionLine(index, size, builtAt, words)))
      await new Promise<void>((resolve) => sessions.once('drain', resolve));
    if (index % 100_000 === 0)
      process.stderr.write(`\r${Math.round((100 * index) / size)} % of ${size} rows written `);
  }
  sessions.end();
  await finished(sessions);
  words.write(unfinished);
  writeFileSync(join(unfinished, 'built.json'), JSON.stringify({ builtAt }));
  renameSync(unfinished, directory);
}

/** The words of all sessions, numbered as they come. */
class WordFiles {
  readonly #lines: Record<Exclude<Table, 'session'>, string[]> = {
    realm: [],
    provider: [],
    app: [],
    rights: [],
  };
  readonly #numbers = new Map<string, number>();

  number(table: Exclude<Table, 'session'>, digest: Buffer, ...values: (string | number)[]): number {
    const key = digest.toString('latin1');
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#lines[table].push('');
    this.#lines[table][number - 1] = line(number, ...values, bytes(digest));
    this.#numbers.set(key, number);
    return number;
  }

  write(directory: string): void {
    for (const [table, lines] of Object.entries(this.#lines))
      writeFileSync(join(directory, table), lines.join(''));
  }
}

function sessionLine(index: number, size: number, builtAt: number, words: WordFiles): string {
  const session = sessionAt(index, size, builtAt);
  const tokenHash = hashSecret(tokenAt(index));
  const deadline = deadlineOf(session) ?? noDeadline;
  const { realm, provider, rights, app } = wordsOf(session);
  const realmNumber = words.number('realm', realm.digest, realm.entry);
  const { client, attributes } = session;
  const address = client.ip === undefined ? undefined : addressToBytes(client.ip);
  return line(
    session.id,
    tokenKey(tokenHash),
    bytes(tokenHash),
    realmNumber,
    words.number('provider', provider.digest, realmNumber, provider.entry.type, provider.entry.name),
    words.number(
      'rights',
      rights.digest,
      realmNumber,
      list(rights.entry.accessGroups),
      list(rights.entry.adminIds),
    ),
    app === undefined ? null : words.number('app', app.digest, realmNumber, app.entry),
    session.createdAt,
    session.lastAccessAt,
    session.idleTimeoutMs,
    session.expiresAt,
    deadline,
    deadline,
    session.epoch,
    session.providerConfigVersion,
    0,
    't',
    session.username,
    session.subject,
    address === undefined ? null : bytes(address),
    client.userAgent ?? null,
    Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes),
  );
}

/** One row of a file as COPY reads it. Nothing in the population has to be escaped. */
function line(...values: readonly (string | number | null)[]): string {
  return `${values.map((value) => value ?? '\\N').join('\t')}\n`;
}

function bytes(value: Uint8Array): string {
  return `\\\\x${Buffer.from(value).toString('hex')}`;
}

function list(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}

/** A text that changes with the migrations or the population, so that old files are not taken for new ones. */
function schemaVersion(): string {
  const folder = fileURLToPath(new URL('../src/store/postgres/migrations', import.meta.url));
  const hash = createHash('sha256').update(String(populationVersion));
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
