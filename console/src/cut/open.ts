import { signal } from '@preact/signals';
import type { Selector } from '../api.ts';

/** The cut that is being prepared; undefined while none is. */
export const openedCut = signal<Selector | undefined>(undefined);

/** Opens the dialog by which the sessions that a selector names are ended. */
export function openCut(selector: Selector): void {
  openedCut.value = selector;
}
