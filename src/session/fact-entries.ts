import { CurfewError } from '../core/errors.ts';
import type { Fact, FactValue } from './facts.ts';
import { factValue } from './facts.ts';
import type { Origin } from './revocation.ts';
import type { Selector } from './selector.ts';
import type { JournalEntry, LedgerEntry } from './store.ts';

/** An entry of the ledger, from the fact of it. @throws CurfewError `ledger_broken` when somebody has made it unreadable */
export function ledgerEntryOf(fact: Fact): LedgerEntry {
  const value = (column: string): FactValue => factValue('revocation', fact, column);
  const sweptAt = value('swept_at');
  return {
    ...originOf(value),
    seq: Number(value('seq')),
    at: Number(value('at')),
    selector: parsed(value, 'selector') as Selector,
    reason: String(value('reason')),
    matched: Number(value('matched')),
    previousHash: String(value('previous_hash')),
    hash: String(value('hash')),
    swept: Number(value('swept')),
    sweptAt: sweptAt === null ? null : Number(sweptAt),
  };
}

/** An entry of the journal, from the fact of it. @throws CurfewError `ledger_broken` */
export function journalEntryOf(fact: Fact): JournalEntry {
  const value = (column: string): FactValue => factValue('journal', fact, column);
  return {
    ...originOf(value),
    seq: Number(value('seq')),
    at: Number(value('at')),
    event: String(value('event')),
    detail: parsed(value, 'detail') as Record<string, unknown>,
    previousHash: String(value('previous_hash')),
    hash: String(value('hash')),
  };
}

function originOf(value: (column: string) => FactValue): Origin {
  const from = value('from_address');
  return {
    by: {
      kind: value('by_kind') as Origin['by']['kind'],
      id: String(value('by_id')),
      name: String(value('by_name')),
    },
    face: value('face') as Origin['face'],
    ...(from === null ? {} : { from: String(from) }),
  };
}

function parsed(value: (column: string) => FactValue, column: string): unknown {
  try {
    return JSON.parse(String(value(column)));
  } catch {
    throw new CurfewError('ledger_broken', `Entry ${value('seq')} cannot be read.`, {
      facts: { seq: Number(value('seq')) },
    });
  }
}
