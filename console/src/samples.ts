import { effect, signal } from '@preact/signals';
import { call, type Outputs } from './api.ts';
import { onEvent } from './live.ts';
import { may, me } from './me.ts';

/** Whether the sample population is there, and may be loaded; undefined until that is known. */
export const samples = signal<Outputs['samples.get'] | undefined>(undefined);

/** Asks anew. What fails is asked again with the next change. */
export async function learnSamples(): Promise<void> {
  try {
    samples.value = await call('samples.get', {}, { quiet: true });
  } catch {
    // The mark stays as it was.
  }
}

/** Keeps the mark of the samples true while somebody is signed in who may see sessions. */
export function keepSamples(): void {
  effect(() => {
    if (me.value !== undefined && may('sessions.read')) void learnSamples();
    else samples.value = undefined;
  });
  onEvent('journal', ({ event }) => {
    if (event.startsWith('samples.')) void learnSamples();
  });
  onEvent('hello', () => void learnSamples());
  // An offer for an empty installation goes with the first session that comes.
  onEvent('pulse', () => {
    if (samples.peek()?.isEmpty) void learnSamples();
  });
}
