import type { Row } from '../row.ts';
import { checkAgainstBare } from './check-against-bare.ts';
import { checkAgainstExpress } from './check-against-express.ts';
import { checkDuringSweep } from './check-during-sweep.ts';
import { footprint } from './footprint.ts';
import { forwardAuth } from './forward-auth.ts';
import { ledgerCheck } from './ledger-check.ts';
import { lists } from './lists.ts';
import { registerTogether } from './register.ts';
import { registryCheck } from './registry-check.ts';
import { terminate } from './terminate.ts';

/** Every number to reach that concerns one machine. */
export const rows: readonly Row[] = [
  checkAgainstBare,
  checkAgainstExpress,
  registryCheck,
  ledgerCheck,
  terminate,
  checkDuringSweep,
  registerTogether,
  lists,
  footprint,
  forwardAuth,
];
