import { administrationOperations } from './administration.ts';
import { getLedger, verifyLedgerChain } from './ledger.ts';
import { logOut } from './logout.ts';
import { getOwnRights } from './me.ts';
import { deleteOwnSession, deleteOwnSessions, listOwnSessions } from './me-sessions.ts';
import { listNodes } from './nodes.ts';
import type { Operation } from './operation.ts';
import { listRealms } from './realms.ts';
import { revokeByName } from './revocations-by-name.ts';
import { createRevocation } from './revocations-create.ts';
import { previewRevocation } from './revocations-preview.ts';
import { getRevocation, listRevocations } from './revocations-read.ts';
import { checkSessions } from './sessions-check.ts';
import { deleteSession } from './sessions-delete.ts';
import { getSession } from './sessions-get.ts';
import { sessionHistogram } from './sessions-histogram.ts';
import { importSessions } from './sessions-import.ts';
import { listSessions } from './sessions-list.ts';
import { refreshSession } from './sessions-refresh.ts';
import { registerSession } from './sessions-register.ts';
import { rereadSession } from './sessions-reread.ts';
import { searchSessions } from './sessions-search.ts';
import { suggestSessions } from './sessions-suggest.ts';
import { sessionWords } from './sessions-words.ts';
import { readRefusals, readTimeline } from './statistics.ts';
import { backUpStore } from './store-backup.ts';
import { getStatus } from './system-status.ts';

/** Operations on sessions, the ledger and the store. */
export const sessionOperations = [
  registerSession,
  checkSessions,
  listSessions,
  searchSessions,
  suggestSessions,
  sessionHistogram,
  sessionWords,
  listRealms,
  getSession,
  deleteSession,
  refreshSession,
  rereadSession,
  importSessions,
  logOut,
  getOwnRights,
  listOwnSessions,
  deleteOwnSessions,
  deleteOwnSession,
  previewRevocation,
  createRevocation,
  revokeByName,
  listRevocations,
  getRevocation,
  getLedger,
  verifyLedgerChain,
  readTimeline,
  readRefusals,
  backUpStore,
  listNodes,
  getStatus,
] as const;

/** Every verb of the system: the closed list that faces and documents are made from. */
export const operations: readonly Operation[] = [...sessionOperations, ...administrationOperations];
