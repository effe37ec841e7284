import type { Row } from '../row.ts';
import { checkAgainstBare } from './check-against-bare.ts';
import { checkAgainstExpress } from './check-against-express.ts';
import { checkDuringSweep } from './check-during-sweep.ts';
import { consoleLoad } from './console.ts';
import { footprint } from './footprint.ts';
import { forwardAuth } from './forward-auth.ts';
import { ledgerCheck } from './ledger-check.ts';
import { lists } from './lists.ts';
import { nodesCheck } from './nodes-check.ts';
import { nodesSweep } from './nodes-sweep.ts';
import { nodesTerminate } from './nodes-terminate.ts';
import { registerTogether } from './register.ts';
import { registryCheck } from './registry-check.ts';
import { signIn } from './sign-in.ts';
import { terminate } from './terminate.ts';
import { workersCheck } from './workers.ts';

/** Every number to reach. */
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
  signIn,
  consoleLoad,
  workersCheck,
  nodesCheck,
  nodesTerminate,
  nodesSweep,
];
