import { addressToBytes } from '../../core/address.ts';
import { compileSelector } from '../../session/selector.ts';
import { deadlineOf } from '../../session/session.ts';
import type { LedgerEntry, RegisterCommand, RegisterOutcome } from '../../session/store.ts';
import { deadBy, realmIs, sameText } from './condition.ts';
import { withEnding } from './deaths.ts';
import { keyOf } from './locks.ts';
import { type Knowledge, sessionsOf } from './parts.ts';
import { noDeadline, reasonNumber, sessionColumns, tokenKey } from './row.ts';
import { type Parameters, type Statement, statement } from './statement.ts';
import { type SessionWords, wordNumber, wordsOf } from './words.ts';
import { type Plan, TryAgain, type Write } from './writer.ts';

/** Makes a session, unless the ledger or the limit forbids it. */
export function register(command: RegisterCommand, knowledge: Knowledge): Write<RegisterOutcome> {
  return { kind: 'shared', plan: () => plan(command, knowledge) };
}

/** What the one statement of a registration gives first in each of its rows. */
type Summary = [
  made: number | null,
  live: number | null,
  request: Buffer | null,
  renewed: boolean,
  known: number | null,
];
const summaryLength = 5;

async function plan(command: RegisterCommand, { view, words }: Knowledge): Promise<Plan<RegisterOutcome>> {
  const { session, idempotency, limit, now } = command;
  const later = await view.after(session.epoch);
  const cut = later.find(({ selector }) => compileSelector(selector)(session));
  // Only a repeat can still be answered otherwise.
  const statements: Statement[] = [];
  const ownWords = wordsOf(session);
  if (cut === undefined) statements.push(...words.writing(ownWords));
  const entries = view.unswept();
  if (cut === undefined || idempotency !== undefined) {
    statements.push(insertion(command, ownWords, entries, cut === undefined));
  }
  const isLimited = limit.kind === 'refuse' || limit.kind === 'displace';
  return {
    keys: [
      ...(isLimited ? [keyOf('user', session.realm, session.username)] : []),
      ...(idempotency === undefined ? [] : [keyOf('idempotency', idempotency.key)]),
    ],
    statements,
    async read(rows): Promise<RegisterOutcome> {
      const found = statements.length === 0 ? [] : (rows.at(-1) ?? []);
      const [made, live, request, renewed, known] = (found[0] ?? []) as unknown as Summary;
      const others = found.map((row) => row.slice(summaryLength)).filter(([number]) => number !== null);
      if (known !== null && known !== undefined && idempotency !== undefined) {
        if (!(request as Buffer).equals(idempotency.request)) return { kind: 'key_reused' };
        const [row] = await sessionsOf(others, words);
        if (row === undefined) throw new TryAgain();
        const repeated = withEnding(row, entries, now);
        if (repeated.ended !== undefined) return { kind: 'repeated_ended', session: repeated };
        if (!renewed) throw new TryAgain();
        return { kind: 'repeated', session: repeated };
      }
      if (cut !== undefined) return { kind: 'revoked', revocation: cut.seq };
      if (isLimited && made === null) return { kind: 'limit_reached', live: live ?? 0, max: limit.max };
      if (made === null || made === undefined) throw new TryAgain();
      words.written(ownWords);
      const ended = { at: now, reason: 'displaced' } as const;
      const displaced = (await sessionsOf(others, words))
        .sort((a, b) => a.createdAt - b.createdAt || a.number - b.number)
        .map((one) => ({ ...one, ended }));
      return { kind: 'registered', session: { ...session, number: made }, displaced };
    },
  };
}

/**
 * One statement that looks for the key of a repeat, counts the user's sessions, ends those that make room, and inserts. It runs
 * under the locks of ledger, user and key, so what it counts cannot change before it commits.
 */
function insertion(
  command: RegisterCommand,
  ownWords: SessionWords,
  entries: readonly LedgerEntry[],
  isAllowed: boolean,
): Statement {
  const { session, idempotency, limit, now, tokenHash } = command;
  return statement(
    (p) => {
      const nowPlace = p.add(now, 'bigint');
      const parts: string[] = [];
      const isLive = `live AND deadline > ${nowPlace} AND NOT ${deadBy(entries, p)}`;
      const hashPlaces = [p.add(tokenKey(tokenHash), 'bigint'), p.add(tokenHash, 'bytea')];
      if (idempotency === undefined) {
        parts.push('known AS (SELECT NULL::bytea AS request, NULL::bigint AS session WHERE false)');
        parts.push('renewed AS (SELECT NULL::bigint AS number WHERE false)');
      } else {
        const request = p.add(idempotency.request, 'bytea');
        // A key outlives its session where little history is kept, and is not to be had for another request even then.
        parts.push(`known AS (SELECT i.request, i.session FROM curfew.idempotency AS i
        WHERE i.key = ${p.add(idempotency.key, 'bytea')} AND (i.request <> ${request}
          OR EXISTS (SELECT FROM curfew.session AS s WHERE s.number = i.session)))`);
        parts.push(`renewed AS (UPDATE curfew.session SET token_key = ${hashPlaces[0]}, token_hash = ${hashPlaces[1]}
        WHERE number = (SELECT session FROM known WHERE request = ${request}) AND ${isLive} RETURNING number)`);
      }
      const mayInsert = [`${isAllowed}`, 'NOT EXISTS (SELECT FROM known)'];
      if (limit.kind === 'refuse' || limit.kind === 'displace') {
        const ofProvider =
          limit.per === 'provider'
            ? `AND provider = ${wordNumber('provider', p.add(ownWords.provider.digest, 'bytea'))}`
            : '';
        parts.push(`alive AS MATERIALIZED (SELECT number AS live_number, created_at AS live_since FROM curfew.session
        WHERE ${realmIs(session.realm, p)} AND ${sameText('username', session.username, p)} ${ofProvider} AND ${isLive})`);
        const max = p.add(limit.max, 'bigint');
        const all = '(SELECT count(*) FROM alive)';
        if (limit.kind === 'refuse') mayInsert.push(`${all} < ${max}`);
        else {
          parts.push(`displaced AS (UPDATE curfew.session SET live = false, end_reason = ${reasonNumber('displaced')},
            ended_at = ${nowPlace}
          WHERE live AND ${isAllowed} AND NOT EXISTS (SELECT FROM known) AND number IN (SELECT live_number FROM alive
            ORDER BY live_since, live_number LIMIT greatest(0, ${all} - ${max} + 1))
          RETURNING ${sessionColumns})`);
        }
      }
      parts.push(`made AS (INSERT INTO curfew.session (${insertedColumns})
      SELECT ${insertedValues(command, ownWords, hashPlaces, p)} WHERE ${mayInsert.join(' AND ')} RETURNING number)`);
      if (idempotency !== undefined) {
        parts.push(`keyed AS (INSERT INTO curfew.idempotency (key, request, session, at)
        SELECT ${p.add(idempotency.key, 'bytea')}, ${p.add(idempotency.request, 'bytea')}, number, ${nowPlace} FROM made
        ON CONFLICT (key) DO UPDATE SET request = excluded.request, session = excluded.session, at = excluded.at)`);
      }
      const others =
        limit.kind === 'displace'
          ? `SELECT ${sessionColumns} FROM displaced UNION ALL ${knownSession}`
          : knownSession;
      return `WITH ${parts.join(', ')}
      SELECT (SELECT number FROM made), ${'max' in limit ? '(SELECT count(*) FROM alive)' : 'NULL::bigint'},
        (SELECT request FROM known), EXISTS (SELECT FROM renewed), (SELECT session FROM known), other.*
      FROM (SELECT 1) AS one LEFT JOIN (${others}) AS other ON true`;
    },
    nameOf(command, entries, isAllowed),
  );
}

/** Without a condition by the ledger there are few forms of the statement, and it is worth preparing each. */
function nameOf(
  { session, idempotency, limit }: RegisterCommand,
  entries: readonly LedgerEntry[],
  isAllowed: boolean,
): string | undefined {
  if (entries.length > 0) return undefined;
  const per = 'per' in limit ? limit.per : 'none';
  const parts = [
    limit.kind === 'unset' ? 'unlimited' : limit.kind,
    per,
    idempotency !== undefined,
    isAllowed,
  ];
  return `curfew_register_${[...parts, session.app !== undefined].join('_')}`;
}

const knownSession = `SELECT ${sessionColumns} FROM curfew.session WHERE number = (SELECT session FROM known)`;

const insertedColumns = `id, token_key, token_hash, realm, provider, rights, app, created_at, last_access_at,
  idle_timeout_ms, expires_at, deadline, due_at, epoch, provider_config_version, end_reason, live, username, subject,
  provider_session, ip, user_agent, attributes`;

function insertedValues(
  { session }: RegisterCommand,
  { realm, provider, rights, app }: SessionWords,
  hashPlaces: readonly string[],
  p: Parameters,
): string {
  const { client, attributes } = session;
  const deadline = p.add(deadlineOf(session) ?? noDeadline, 'bigint');
  const ip = client.ip === undefined ? undefined : addressToBytes(client.ip);
  return [
    p.add(session.id, 'uuid'),
    ...hashPlaces,
    wordNumber('realm', p.add(realm.digest, 'bytea')),
    wordNumber('provider', p.add(provider.digest, 'bytea')),
    wordNumber('rights', p.add(rights.digest, 'bytea')),
    app === undefined ? 'NULL' : wordNumber('app', p.add(app.digest, 'bytea')),
    p.add(session.createdAt, 'bigint'),
    p.add(session.lastAccessAt, 'bigint'),
    p.add(session.idleTimeoutMs, 'bigint'),
    p.add(session.expiresAt, 'bigint'),
    deadline,
    deadline,
    p.add(session.epoch, 'bigint'),
    p.add(session.providerConfigVersion, 'bigint'),
    '0',
    'true',
    p.add(session.username, 'text'),
    p.add(session.subject, 'text'),
    p.add(session.providerSession ?? null, 'text'),
    p.add(ip ?? null, 'bytea'),
    p.add(client.userAgent ?? null, 'text'),
    p.add(Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes), 'text'),
  ].join(', ');
}
