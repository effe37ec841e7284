import { describe } from 'node:test';
import { changingPart } from './store/changing.ts';
import { limitingPart } from './store/limiting.ts';
import { listingPart } from './store/listing.ts';
import { registeringPart } from './store/registering.ts';
import { revokingPart } from './store/revoking.ts';
import type { OpenStore } from './store/stage.ts';

/**
 * What every store must do: each sentence of the port, tried on a real engine. `open` gives a new, empty store.
 */
export function storeSuite(name: string, open: OpenStore): void {
  describe(`${name} as a store`, () => {
    registeringPart(open);
    limitingPart(open);
    changingPart(open);
    listingPart(open);
    revokingPart(open);
  });
}
