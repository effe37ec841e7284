import { signal } from '@preact/signals';
import type { Selector } from '../api.ts';
import { may } from '../me.ts';

/** The cut that is being prepared; undefined while none is. */
export const openedCut = signal<Selector | undefined>(undefined);

/** Opens the dialog by which the sessions that a selector names are ended, for whoever may end any. */
export function openCut(selector: Selector): void {
  if (may('sessions.terminate')) openedCut.value = selector;
}
