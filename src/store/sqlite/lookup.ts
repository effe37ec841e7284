import type { StatementSyncInstance } from '@photostructure/sqlite';
import { CurfewError } from '../../core/errors.ts';
import { digitsToUuid } from '../../core/ids.ts';
import type { AttemptPlace, Standing } from '../../session/attempts.ts';
import type { Client, Ending, Provider } from '../../session/session.ts';
import type { StoredSession, StoreVersions } from '../../session/store.ts';
import { readStanding } from './attempts.ts';
import { type Database, translate } from './database.ts';
import { Dictionary } from './dictionary.ts';
import type { KeptSessions } from './kept-sessions.ts';
import { sessionFacts, sessionOfRow, tokenKey } from './row.ts';

type Hot = [
  number: number,
  idDigits: string,
  username: string,
  otherSubject: string | null,
  provider: number,
  rights: number,
  lastAccessAt: number,
  idleTimeoutMs: number | null,
  expiresAt: number | null,
  epoch: number,
  live: number,
  providerSession: string | null,
];

// The id comes as a text, for the engine makes one in a fraction of the time of an array of bytes.
const hotQuery = `SELECT number, hex(id), username, nullif(subject, username), provider, rights, last_access_at,
  idle_timeout_ms, expires_at, epoch, live, provider_session FROM session WHERE token_key = ? AND token_hash = ?`;

/**
 * The hot path: from the hash of a token to its row, on the thread that answers checks. Look-ups of one tick share one
 * snapshot, which saves taking and giving back the read lock for each. The snapshot is left before the answer to any
 * write is delivered, so that whoever knows of a write also sees it. Rows that are asked for again and again are kept.
 *
 * Where other processes write the same data nobody says when they commit. There a snapshot lasts only as long as the one
 * callback of the event loop that began it, for a request that comes later may follow an answer of another process; and
 * each begins by asking the engine whether anybody has committed since the one before. If so, nothing kept is given, and
 * the ends of the ledger and the journal are read anew.
 */
export class Lookups {
  readonly #db: Database;
  readonly #dictionary: Dictionary;
  readonly #hot: StatementSyncInstance;
  readonly #begin: StatementSyncInstance;
  readonly #commit: StatementSyncInstance;
  readonly #proof: StatementSyncInstance;
  readonly #dataVersion: StatementSyncInstance;
  readonly #kept: KeptSessions;
  readonly #isShared: boolean;
  #inSnapshot = false;
  #hasRead = false;
  #seenDataVersion = -1;
  #versions: StoreVersions = { head: 0, records: 0 };

  constructor(db: Database, kept: KeptSessions, isShared: boolean) {
    this.#db = db;
    this.#kept = kept;
    this.#isShared = isShared;
    this.#dictionary = new Dictionary(db);
    this.#hot = db.prepare(hotQuery);
    this.#hot.setReturnArrays(true);
    this.#begin = db.prepare('BEGIN');
    this.#commit = db.prepare('COMMIT');
    this.#proof = db.prepare('SELECT number FROM session LIMIT 1');
    this.#dataVersion = db.prepare('PRAGMA data_version');
    this.#dataVersion.setReturnArrays(true);
  }

  /** The ends of ledger and journal, in the snapshot of this tick. @throws CurfewError `store_unavailable` */
  versions(): StoreVersions {
    try {
      if (!this.#inSnapshot) this.#enter();
      return this.#versions;
    } catch (error) {
      this.leave();
      throw asUnavailable(error);
    }
  }

  /** The session of a token hash, or undefined. @throws CurfewError `store_unavailable` */
  find(tokenHash: Buffer): StoredSession | undefined {
    const hash = tokenHash.toString('latin1');
    try {
      if (!this.#inSnapshot) this.#enter();
      const kept = this.#kept.find(hash);
      if (kept !== undefined) {
        if (!this.#hasRead) this.#proveReadable();
        return kept;
      }
      this.#hasRead = true;
      const hot = this.#hot.get(tokenKey(tokenHash), tokenHash) as unknown as Hot | undefined;
      if (hot === undefined) return undefined;
      const session = new LookedUpSession(hot, this.#dictionary, this.#readWhole);
      this.#kept.keep(hash, session);
      return session;
    } catch (error) {
      this.leave();
      throw asUnavailable(error);
    }
  }

  /**
   * What stands against attempts to sign in, as of everything committed by now; read here, since a program that sends its password
   * along asks with every request. @throws CurfewError `store_unavailable`
   */
  standing(place: AttemptPlace, now: number): Standing {
    try {
      this.leave();
      return readStanding(this.#db, place, now);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** To be called before the answers of a commit are delivered, so that whoever knows of it also sees it. */
  settle(): void {
    this.leave();
    this.#kept.settle();
  }

  /** Ends the snapshot, so that the next look-up sees everything committed by then. */
  leave(): void {
    if (!this.#inSnapshot) return;
    this.#inSnapshot = false;
    this.#commit.run();
  }

  close(): void {
    this.leave();
    this.#db.close();
  }

  #enter(): void {
    this.#begin.run();
    this.#inSnapshot = true;
    this.#hasRead = false;
    if (!this.#isShared) {
      setImmediate(() => this.leave());
      return;
    }
    process.nextTick(() => this.leave());
    this.#seeOthers();
  }

  #seeOthers(): void {
    const [version] = this.#dataVersion.get() as unknown as [number];
    this.#hasRead = true;
    if (version === this.#seenDataVersion) return;
    this.#kept.clear();
    this.#versions = {
      head: this.#db.number('SELECT max(seq) FROM revocation'),
      records: this.#db.number('SELECT max(seq) FROM journal'),
    };
    this.#seenDataVersion = version;
  }

  /** Nothing is answered from memory in a tick in which the store cannot be read (P5). */
  #proveReadable(): void {
    this.#proof.get();
    this.#hasRead = true;
  }

  readonly #readWhole = (number: number): StoredSession => {
    const row = this.#db.get(`SELECT ${sessionFacts} FROM session WHERE number = ?`, number);
    if (row !== undefined) return sessionOfRow(row, this.#dictionary);
    throw new CurfewError('session_not_found', 'The session ended long ago and its record has been deleted.');
  };
}

/** A session whose rarely asked fields are read when somebody asks. */
class LookedUpSession implements StoredSession {
  readonly number: number;
  readonly username: string;
  readonly subject: string;
  readonly lastAccessAt: number;
  readonly idleTimeoutMs: number | null;
  readonly expiresAt: number | null;
  readonly epoch: number;
  readonly #hot: Hot;
  readonly #dictionary: Dictionary;
  readonly #read: (number: number) => StoredSession;
  #whole: StoredSession | undefined;

  constructor(hot: Hot, dictionary: Dictionary, read: (number: number) => StoredSession) {
    this.#hot = hot;
    this.#dictionary = dictionary;
    this.#read = read;
    this.number = hot[0];
    this.username = hot[2];
    this.subject = hot[3] ?? hot[2];
    this.lastAccessAt = hot[6];
    this.idleTimeoutMs = hot[7];
    this.expiresAt = hot[8];
    this.epoch = hot[9];
  }

  get id(): string {
    return digitsToUuid(this.#hot[1].toLowerCase());
  }

  get realm(): string {
    return this.#dictionary.realm(this.#dictionary.provider(this.#hot[4]).realm);
  }

  get provider(): Provider {
    return this.#dictionary.provider(this.#hot[4]);
  }

  /** Read with the row: a logout that a provider has told of makes the ledger ask every session for it. */
  get providerSession(): string | undefined {
    return this.#hot[11] ?? undefined;
  }

  get accessGroups(): readonly string[] {
    return this.#dictionary.rightsOf(this.#hot[5]).accessGroups;
  }

  get adminIds(): readonly number[] {
    return this.#dictionary.rightsOf(this.#hot[5]).adminIds;
  }

  get ended(): Ending | undefined {
    return this.#hot[10] === 1 ? undefined : this.#rest().ended;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#rest().attributes;
  }

  get client(): Client {
    return this.#rest().client;
  }

  get app(): string | undefined {
    return this.#rest().app;
  }

  get createdAt(): number {
    return this.#rest().createdAt;
  }

  get providerConfigVersion(): number {
    return this.#rest().providerConfigVersion;
  }

  #rest(): StoredSession {
    this.#whole ??= this.#read(this.number);
    return this.#whole;
  }
}

function asUnavailable(error: unknown): unknown {
  const translated = translate(error);
  if (translated instanceof CurfewError) return translated;
  const message = 'The data cannot be read, so it cannot be known whether the session is live.';
  return new CurfewError('store_unavailable', message, {}, { cause: error });
}
