import { bytesToAddress } from '../../core/address.ts';
import {
  endOfBeginning,
  firstOf,
  mostCounted,
  type Suggestion,
  type Suggestions,
  type SuggestQuery,
} from '../../session/suggestions.ts';
import type { Condition } from './condition.ts';
import type { SqlValue } from './database.ts';
import { deadByLedger, unsweptRevocations } from './deaths.ts';
import type { Snapshot } from './query.ts';

/** So many different names are looked at for one beginning. */
const mostLookedAt = 300;
/** So many sessions of one value are looked at, the newest first; a sweep may have left many dead ones among them. */
const mostOfValue = 3000;
/** So many of the newest sessions of a realm are looked at beside, so that the names of a small realm are not missed among those of all. */
const newestOfRealm = 2000;

/** A column that is searched, with the index that has its values in order. */
interface Column {
  readonly name: 'username' | 'subject' | 'ip';
  /** The instants that order the rows of one value in the index, when there are any. */
  readonly newestFirst: string;
  text(value: SqlValue): string;
}

const username: Column = {
  name: 'username',
  newestFirst: 'ORDER BY live DESC, created_at DESC',
  text: String,
};
const subject: Column = { ...username, name: 'subject' };
const ip: Column = {
  name: 'ip',
  newestFirst: 'ORDER BY live DESC',
  text: (value) => bytesToAddress(value as Uint8Array),
};

/** A stretch of the values of a column, both ends included. */
interface Stretch {
  readonly from: SqlValue;
  readonly to: SqlValue;
}

/** The names and addresses of live sessions that begin with a text. */
export function suggest(snapshot: Snapshot, query: SuggestQuery): Suggestions {
  const names = query.beginnings.map((text) => ({ from: text, to: endOfBeginning(text) }));
  const search = new Search(snapshot, query);
  return {
    usernames: search.find(username, names),
    subjects: search.find(subject, names),
    addresses: search.find(ip, query.addresses),
  };
}

class Search {
  readonly #snapshot: Snapshot;
  readonly #query: SuggestQuery;
  readonly #realm: number | undefined;
  readonly #isAlive: Condition;

  constructor(snapshot: Snapshot, query: SuggestQuery) {
    const { db, dictionary } = snapshot;
    this.#snapshot = snapshot;
    this.#query = query;
    this.#realm = query.realm === undefined ? undefined : (dictionary.findRealm(query.realm) ?? -1);
    const dead = deadByLedger(unsweptRevocations(db), db, dictionary);
    this.#isAlive = { sql: `deadline > ? AND NOT (${dead.sql})`, values: [query.now, ...dead.values] };
  }

  find(column: Column, stretches: readonly Stretch[]): Suggestion[] {
    const ofAll = stretches.flatMap((stretch) => this.#borne(column, this.#valuesOfAll(column, stretch)));
    if (column.name === 'ip' && ofAll.length > 0) return ofAll.slice(0, this.#query.limit);
    const ofRealm = this.#realm === undefined ? [] : this.#valuesOfRealm(column, stretches, this.#realm);
    return firstOf([...ofAll, ...this.#borne(column, ofRealm)], this.#query);
  }

  /** Different values in order, each found by one step into the index. */
  *#valuesOfAll({ name }: Column, { from, to }: Stretch): Generator<SqlValue> {
    const next = (comparison: '>=' | '>', place: SqlValue): SqlValue | undefined =>
      this.#snapshot.db.get(
        `SELECT ${name} AS value FROM session INDEXED BY session_${name}
          WHERE ${name} ${comparison} ? AND ${name} <= ? ORDER BY ${name} LIMIT 1`,
        place,
        to,
      )?.value;
    let value = next('>=', from);
    for (let n = 0; n < mostLookedAt && value !== undefined; n++) {
      yield value;
      value = next('>', value);
    }
  }

  #valuesOfRealm({ name }: Column, stretches: readonly Stretch[], realm: number): SqlValue[] {
    if (stretches.length === 0) return [];
    const within = stretches.map(() => '(value >= ? AND value <= ?)').join(' OR ');
    const bounds = stretches.flatMap(({ from, to }) => [from, to]);
    const newest = `SELECT ${name} AS value FROM session INDEXED BY session_realm
      WHERE realm = ? AND live = 1 ORDER BY created_at DESC LIMIT ${newestOfRealm}`;
    const sql = `SELECT DISTINCT value FROM (${newest}) WHERE ${within} ORDER BY value LIMIT ?`;
    const rows = this.#snapshot.db.all(sql, realm, ...bounds, this.#query.limit);
    return rows.flatMap(({ value }) => value ?? []);
  }

  /** The first of these values that live sessions bear within the border, with how many. */
  #borne(column: Column, values: Iterable<SqlValue>): Suggestion[] {
    const found: Suggestion[] = [];
    for (const value of values) {
      for (const [realm, live] of this.#countsOf(column, value)) {
        const name = this.#snapshot.dictionary.realm(realm);
        found.push({ value: column.text(value), realm: name, live });
      }
      if (found.length >= this.#query.limit) break;
    }
    return found;
  }

  /** Live sessions of one value by realm, as far as they are counted. */
  #countsOf({ name, newestFirst }: Column, value: SqlValue): [realm: number, live: number][] {
    const within = this.#realm === undefined ? '1' : 'realm = ?';
    const newest = `SELECT number AS place FROM session INDEXED BY session_${name}
      WHERE ${name} = ? AND live = 1 ${newestFirst} LIMIT ${mostOfValue}`;
    const alive = `SELECT realm FROM (${newest}) CROSS JOIN session ON number = place
      WHERE ${within} AND ${this.#isAlive.sql} LIMIT ${mostCounted}`;
    const rows = this.#snapshot.db.all(
      `SELECT realm, count(*) AS live FROM (${alive}) GROUP BY realm ORDER BY realm`,
      value,
      ...(this.#realm === undefined ? [] : [this.#realm]),
      ...this.#isAlive.values,
    );
    return rows.map((row) => [Number(row.realm), Number(row.live)]);
  }
}
