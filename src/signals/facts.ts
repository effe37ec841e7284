import type { NodeState } from '../session/nodes.ts';
import type { JournalEntry, LedgerEntry } from '../session/store.ts';

/** A place in what has happened: everything up to these two numbers is behind it. */
export interface Position {
  /** The number of a revocation. */
  readonly seq: number;
  /** The number of an entry of the journal. */
  readonly journal: number;
}

/** How far a revocation has come since it was made. */
export interface SweepFact {
  readonly type: 'sweep';
  readonly entry: LedgerEntry;
  /** How often the sessions it ended were used since. */
  readonly refused: number;
}

/** How the sessions of one realm, or of all, fare. */
export interface PulseFact {
  readonly type: 'pulse';
  /** Null = every realm. */
  readonly realm: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly live: number;
  /** What has happened since the pulse before. */
  readonly registered: number;
  readonly ended: number;
  readonly refused: number;
}

/** What is known of the nodes that share the store. */
export interface NodesFact {
  readonly type: 'nodes';
  /** The name of this node. */
  readonly node: string;
  /** The number of the last revocation. */
  readonly head: number;
  readonly warnings: readonly string[];
  readonly nodes: readonly NodeState[];
}

/** Something that a watcher is told. Each is one object for all watchers, so that its form can be made once. */
export type Fact =
  | { readonly type: 'revocation'; readonly entry: LedgerEntry; readonly position: Position }
  | { readonly type: 'journal'; readonly entry: JournalEntry; readonly position: Position }
  | SweepFact
  | PulseFact
  | NodesFact;

/** Why a watcher is told nothing more. */
export type Closing =
  | 'session_ended'
  | 'rights_changed'
  | 'stopping'
  /** The store cannot be read, so it is not known what happens. */
  | 'store_unavailable';

/** Somebody who is told. None of its methods may throw. */
export interface Watcher {
  /** The only realm whose pulse it is told, or null for that of all. */
  readonly realm: string | null;
  tell(fact: Fact): void;
  /** Fulfilled when it can take more; false when it is gone. */
  ready(): Promise<boolean>;
  /** Why it may be told nothing more, asked before anything is told; undefined while it may. */
  closing(): Promise<Closing | undefined>;
  /** It is told nothing after this. */
  close(why: Closing): void;
}
