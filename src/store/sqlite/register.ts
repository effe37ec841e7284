import { addressToBytes } from '../../core/address.ts';
import { uuidToBytes } from '../../core/ids.ts';
import { compileSelector } from '../../session/selector.ts';
import { deadlineOf } from '../../session/session.ts';
import type { NewSession, RegisterCommand, RegisterOutcome, StoredSession } from '../../session/store.ts';
import type { Row } from './database.ts';
import { unsweptRevocations } from './deaths.ts';
import { endRow } from './end.ts';
import { countSessions, liveRows, type Snapshot, withEnding } from './query.ts';
import { noDeadline, revocationOfRow, sessionFacts, sessionOfRow, tokenKey } from './row.ts';

/** Makes a session, unless the ledger or the limit forbids it. Runs within the writer's transaction. */
export function register(snapshot: Snapshot, command: RegisterCommand): RegisterOutcome {
  const { db } = snapshot;
  const { session, idempotency, limit, now } = command;
  const later = db
    .all('SELECT * FROM revocation WHERE seq > ? ORDER BY seq', session.epoch)
    .map(revocationOfRow);
  const cut = later.find(({ selector }) => compileSelector(selector)(session));
  // Whoever names in a cut what somebody has come through has not misspelt it, whatever became of the registration.
  if (cut === undefined) internWords(snapshot, session);
  if (idempotency !== undefined) {
    const known = db.get('SELECT request, session FROM idempotency WHERE key = ?', idempotency.key);
    const repeat = known === undefined ? undefined : repeated(snapshot, known, command, idempotency.request);
    if (repeat !== undefined) return repeat;
  }
  if (cut !== undefined) return { kind: 'revoked', revocation: cut.seq };
  let displaced: StoredSession[] = [];
  if (limit.kind === 'refuse' || limit.kind === 'displace') {
    const selector = {
      realm: session.realm,
      username: session.username,
      ...(limit.per === 'provider' ? { provider: session.provider } : {}),
    };
    // Counted first: a user whom a limit met late may have very many sessions, and each sign-in would read them all.
    const live = countSessions(snapshot, { selector, state: 'live', now });
    if (live >= limit.max) {
      if (limit.kind === 'refuse') return { kind: 'limit_reached', live, max: limit.max };
      const oldest = liveRows(snapshot, selector, now).slice(0, live - limit.max + 1);
      displaced = oldest.map((old) => endRow(db, old, { at: now, reason: 'displaced' }));
    }
  }
  const number = insert(snapshot, session, command.tokenHash);
  if (idempotency !== undefined) {
    const sql = 'INSERT OR REPLACE INTO idempotency (key, request, session, at) VALUES (?, ?, ?, ?)';
    db.run(sql, idempotency.key, idempotency.request, number, now);
  }
  return { kind: 'registered', session: { ...session, number }, displaced };
}

function repeated(
  snapshot: Snapshot,
  known: Row,
  command: RegisterCommand,
  request: Uint8Array,
): RegisterOutcome | undefined {
  const { db, dictionary } = snapshot;
  if (Buffer.compare(known.request as Uint8Array, request) !== 0) return { kind: 'key_reused' };
  const row = db.get(`SELECT ${sessionFacts} FROM session WHERE number = ?`, Number(known.session));
  if (row === undefined) return undefined;
  const session = withEnding(sessionOfRow(row, dictionary), unsweptRevocations(db), command.now);
  if (session.ended !== undefined) return { kind: 'repeated_ended', session };
  const { tokenHash } = command;
  db.run(
    'UPDATE session SET token_hash = ?, token_key = ? WHERE number = ?',
    tokenHash,
    tokenKey(tokenHash),
    session.number,
  );
  return { kind: 'repeated', session };
}

/** The numbers of the words of a session, which are known from then on. */
function internWords({ dictionary }: Snapshot, { realm: name, provider, app, ...session }: NewSession) {
  const realm = dictionary.internRealm(name);
  return {
    realm,
    provider: dictionary.internProvider(realm, provider),
    rights: dictionary.internRights(realm, session.accessGroups, session.adminIds),
    app: app === undefined ? null : dictionary.internApp(realm, app),
  };
}

function insert(snapshot: Snapshot, session: NewSession, tokenHash: Uint8Array): number {
  const { client, attributes } = session;
  const words = internWords(snapshot, session);
  const ip = client.ip === undefined ? undefined : addressToBytes(client.ip);
  return snapshot.db.run(
    `INSERT INTO session (id, token_hash, token_key, realm, username, subject, provider, provider_session, rights, app, ip, user_agent,
       attributes, created_at, last_access_at, idle_timeout_ms, expires_at, deadline, epoch, provider_config_version,
       live, end_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0)`,
    uuidToBytes(session.id),
    tokenHash,
    tokenKey(tokenHash),
    words.realm,
    session.username,
    session.subject,
    words.provider,
    session.providerSession ?? null,
    words.rights,
    words.app,
    ip ?? null,
    client.userAgent ?? null,
    Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes),
    session.createdAt,
    session.lastAccessAt,
    session.idleTimeoutMs,
    session.expiresAt,
    deadlineOf(session) ?? noDeadline,
    session.epoch,
    session.providerConfigVersion,
  ).lastInsertRowid;
}
