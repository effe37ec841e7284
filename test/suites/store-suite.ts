import { describe } from 'node:test';
import { attemptingPart } from './store/attempting.ts';
import { bordersPart } from './store/borders.ts';
import { changingPart } from './store/changing.ts';
import { erasingPart } from './store/erasing.ts';
import { housekeepingPart } from './store/housekeeping.ts';
import { keepingPart } from './store/keeping.ts';
import { limitingPart } from './store/limiting.ts';
import { listingPart } from './store/listing.ts';
import { overviewPart } from './store/overview.ts';
import { pulsingPart } from './store/pulsing.ts';
import { realmsPart } from './store/realms.ts';
import { recordsPart } from './store/records.ts';
import { refusedUsesPart } from './store/refused-uses.ts';
import { registeringPart } from './store/registering.ts';
import { revokingPart } from './store/revoking.ts';
import type { Differences, OpenStore } from './store/stage.ts';
import { summarisingPart } from './store/summarising.ts';
import { surveyingPart } from './store/surveying.ts';
import { sweepingPart } from './store/sweeping.ts';
import { timelinePart } from './store/timeline.ts';

/** Cases about one thing. */
type Part = (open: OpenStore, differences: Differences) => void;

/** Sessions come, change, and are asked for. */
export const livingParts = [
  registeringPart,
  limitingPart,
  changingPart,
  listingPart,
  summarisingPart,
  overviewPart,
  surveyingPart,
  realmsPart,
  attemptingPart,
];
/** Sessions end, and what is kept of them. */
export const endingParts = [
  revokingPart,
  sweepingPart,
  bordersPart,
  housekeepingPart,
  erasingPart,
  recordsPart,
  timelinePart,
  refusedUsesPart,
  keepingPart,
  pulsingPart,
];

/**
 * What every store must do: each sentence of the port, tried on a real engine. `open` gives a new, empty store; `differences`
 * says what an engine does not do, and why.
 */
export function storeSuite(
  name: string,
  open: OpenStore,
  differences: Differences = {},
  parts: readonly Part[] = [...livingParts, ...endingParts],
): void {
  describe(`${name} as a store`, () => {
    for (const cases of parts) cases(open, differences);
  });
}
