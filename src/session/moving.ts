import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import { type ChainReport, verifyJournal, verifyLedger } from './chain.ts';
import { journalEntryOf, ledgerEntryOf } from './fact-entries.ts';
import {
  columnsOf,
  compareKeys,
  type Fact,
  type FactKey,
  type FactKind,
  factKinds,
  keyOf,
  keyOfFact,
  type Movable,
  type MoveNote,
} from './facts.ts';

export interface MoveOptions {
  readonly source: Movable;
  readonly target: Movable;
  readonly clock: Clock;
  /** Drop what an earlier attempt has left in the target. */
  readonly startOver?: boolean;
  readonly progress?: (step: MoveStep) => void;
}

export interface MoveStep {
  readonly doing: 'copying' | 'verifying';
  readonly kind: FactKind;
  readonly done: number;
  readonly total: number;
}

export interface MoveReport {
  /** How many facts there are of each kind, and the SHA-256 over all of them in their order. */
  readonly kinds: readonly { readonly kind: FactKind; readonly count: number; readonly digest: string }[];
  /** The ends of ledger and journal. */
  readonly ledger: ChainReport['head'];
  readonly journal: ChainReport['head'];
  /** How many facts an earlier attempt had left, which were not copied again. */
  readonly resumedAt: number;
}

const pageSize = 2000;
/** Of the facts that differ, so many are named. */
const mostNamed = 10;

/**
 * Moves everything a store holds to an empty one, proves that both say the same, and then leaves a note on the source that
 * keeps a server from starting on it. Killed at any point it goes on where it stopped when it is called again, and at no
 * point would servers start on both.
 * @throws CurfewError `conflict` when the target holds something, the source has moved already, or the copy differs from
 * it, naming what; `ledger_broken` when the source does not verify
 */
export async function moveStore(options: MoveOptions): Promise<MoveReport> {
  const { source, target, clock } = options;
  const [sourceNote, targetNote] = [await source.note(), await target.note()];
  const isFinished = sourceNote?.state === 'moved' && sourceNote.to === target.name;
  if (sourceNote !== undefined && !(isFinished && targetNote?.state === 'filling')) {
    throw new CurfewError('conflict', noteText(source.name, sourceNote));
  }
  const ends = await demandIntact(source);
  const resumedAt = await begin(options, targetNote);
  for (const kind of factKinds) await copy(options, kind);
  await target.setLastNumber(await source.lastNumber());
  const kinds = await compare(options);
  await source.setNote({ state: 'moved', to: target.name, at: clock.now() });
  await target.setNote(undefined);
  return { kinds, ...ends, resumedAt };
}

/** What a note says to somebody who wants to use the store. */
export function noteText(name: string, note: MoveNote): string {
  const at = new Date(note.at).toISOString();
  return note.state === 'moved'
    ? `The data in ${name} was moved to ${note.to} at ${at}; start with that one. To go back with everything since, move it back into an empty store: curfew migrate-store. To use this data as it was then, ending every session in it: curfew migrate-store --reopen.`
    : `The data in ${name} is not whole: it is being moved from ${note.from} since ${at}. Finish with the same command: curfew migrate-store; or give it up, and use another store.`;
}

/** @returns how many facts the target holds already, of an earlier attempt */
async function begin(
  { source, target, clock, startOver = false }: MoveOptions,
  note: MoveNote | undefined,
): Promise<number> {
  if (note?.state === 'moved') throw new CurfewError('conflict', noteText(target.name, note));
  if (note !== undefined && startOver) await target.clear();
  else if (note !== undefined && note.from !== source.name) {
    throw new CurfewError(
      'conflict',
      `${target.name} holds an unfinished copy of ${note.from}, not of ${source.name}. Add --start-over to drop it, or name another store.`,
    );
  }
  let held = 0;
  for (const kind of factKinds) held += await target.count(kind);
  if (note === undefined && held > 0) {
    throw new CurfewError(
      'conflict',
      `${target.name} is not empty: it holds ${held} facts. Nothing was changed; name an empty store.`,
    );
  }
  await target.setNote({ state: 'filling', from: source.name, at: clock.now() });
  return held;
}

async function copy({ source, target, progress }: MoveOptions, kind: FactKind): Promise<void> {
  const total = await source.count(kind);
  let done = await target.count(kind);
  let after = await target.lastKey(kind);
  for (;;) {
    const facts = await source.read(kind, after, pageSize);
    if (facts.length > 0) await target.write(kind, facts);
    done += facts.length;
    progress?.({ doing: 'copying', kind, done, total });
    if (facts.length < pageSize) return;
    after = keyOfFact(kind, facts.at(-1) as Fact);
  }
}

/** Reads both stores side by side to the end. @throws CurfewError `conflict` naming what differs */
async function compare({ source, target, progress }: MoveOptions): Promise<MoveReport['kinds']> {
  const differences: string[] = [];
  const kinds: MoveReport['kinds'][number][] = [];
  for (const kind of factKinds) {
    const total = await source.count(kind);
    const digest = createHash('sha256');
    const mine = new Reader(source, kind);
    const theirs = new Reader(target, kind);
    let count = 0;
    for (;;) {
      const [a, b] = [await mine.peek(), await theirs.peek()];
      if (a === undefined && b === undefined) break;
      const order =
        a === undefined ? 1 : b === undefined ? -1 : compareKeys(keyOfFact(kind, a), keyOfFact(kind, b));
      if (order <= 0) mine.take();
      if (order >= 0) theirs.take();
      if (a !== undefined && order <= 0) {
        digest.update(`${JSON.stringify(a)}\n`);
        count++;
      }
      const problem = differenceOf(kind, a, b, order);
      if (problem !== undefined && differences.length < mostNamed) differences.push(problem);
      if (count % pageSize === 0) progress?.({ doing: 'verifying', kind, done: count, total });
    }
    progress?.({ doing: 'verifying', kind, done: count, total });
    kinds.push({ kind, count, digest: digest.digest('hex') });
  }
  const [given, kept] = [await source.lastNumber(), await target.lastNumber()];
  if (given !== kept) differences.push(`the last number of a session is ${given} and in the copy ${kept}`);
  if (differences.length === 0) return kinds;
  throw new CurfewError(
    'conflict',
    `The copy differs from ${source.name}, so it is not used and ${source.name} stays as it was: ${differences.join('; ')}. Was a server started on either meanwhile? Copy anew with --start-over.`,
    { facts: { differences: differences.length } },
  );
}

/** What is told of two facts that stand side by side; values are not, for some are of no concern to a terminal. */
function differenceOf(
  kind: FactKind,
  a: Fact | undefined,
  b: Fact | undefined,
  order: number,
): string | undefined {
  const name = (fact: Fact): string => `${kind} ${keyText(kind, keyOfFact(kind, fact))}`;
  if (order < 0) return `${name(a as Fact)} is missing in the copy`;
  if (order > 0) return `${name(b as Fact)} is in the copy alone`;
  const columns = columnsOf(kind).filter((_, index) => a?.[index] !== b?.[index]);
  if (columns.length === 0) return undefined;
  return `${name(a as Fact)} differs in ${columns.map((column) => column.name).join(', ')}`;
}

function keyText(kind: FactKind, key: FactKey): string {
  return keyOf(kind)
    .map(({ form }, index) => (form === 'number' ? String(key[index]) : JSON.stringify(key[index])))
    .join(' ');
}

/** Reads the facts of one kind one by one. */
class Reader {
  readonly #store: Movable;
  readonly #kind: FactKind;
  #page: readonly Fact[] = [];
  #place = 0;
  #isOver = false;

  constructor(store: Movable, kind: FactKind) {
    this.#store = store;
    this.#kind = kind;
  }

  async peek(): Promise<Fact | undefined> {
    if (this.#place === this.#page.length && !this.#isOver) {
      const last = this.#page.at(-1);
      const after = last === undefined ? undefined : keyOfFact(this.#kind, last);
      this.#page = await this.#store.read(this.#kind, after, pageSize);
      this.#place = 0;
      this.#isOver = this.#page.length < pageSize;
    }
    return this.#page[this.#place];
  }

  take(): void {
    this.#place++;
  }
}

/** A store whose chains do not hold is evidence, and not to be moved. */
async function demandIntact(
  store: Movable,
): Promise<{ ledger: ChainReport['head']; journal: ChainReport['head'] }> {
  const after = (seq: number): FactKey => [seq];
  const ledger = await verifyLedger(async (seq, limit) =>
    (await store.read('revocation', after(seq), limit)).map(ledgerEntryOf),
  );
  const journal = await verifyJournal(async (seq, limit) =>
    (await store.read('journal', after(seq), limit)).map(journalEntryOf),
  );
  for (const [name, { broken }] of [
    ['ledger', ledger],
    ['journal', journal],
  ] as const) {
    if (broken === undefined) continue;
    throw new CurfewError(
      'ledger_broken',
      `The ${name} of ${store.name} does not verify at entry ${broken.seq}: ${broken.problem}. Nothing was moved; keep it as evidence, and see: curfew ledger verify.`,
    );
  }
  return { ledger: ledger.head, journal: journal.head };
}
