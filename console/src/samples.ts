import { effect, signal } from '@preact/signals';
import { call, type Outputs } from './api.ts';
import { onEvent } from './live.ts';
import { may, me } from './me.ts';

/** Whether the sample population is there, and may be loaded; undefined until that is known. */
export const samples = signal<Outputs['samples.get'] | undefined>(undefined);

let asked = 0;

/** Asks anew. What fails is asked again with the next change. */
export async function learnSamples(): Promise<void> {
  const number = ++asked;
  try {
    const status = await call('samples.get', {}, { quiet: true });
    // An answer that is overtaken by a later question says nothing any more.
    if (number === asked) samples.value = status;
  } catch {
    // The mark stays as it was.
  }
}

/** Keeps the mark of the samples true while somebody is signed in who may see sessions. */
export function keepSamples(): void {
  effect(() => {
    if (me.value !== undefined && may('sessions.read')) void learnSamples();
    else {
      asked++;
      samples.value = undefined;
    }
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
