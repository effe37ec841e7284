import { type Signal, signal } from '@preact/signals';
import { call, isAbort } from '../../api.ts';
import type { Histogram } from './brush.tsx';
import { listInput, selectorOf, type View, type WindowName } from './view.ts';

const fields = { created: 'createdAt', used: 'lastAccessAt' } as const;
const buckets = 80;

export type Histograms = Partial<Record<WindowName, Histogram>>;

/** What stands around the table: how many sessions match, and how they lie in time. */
export class Overview {
  readonly total = signal<number | undefined>(undefined);
  readonly histograms: Signal<Histograms>;
  readonly #stop = new AbortController();
  readonly #view: View;
  #isCounting = false;

  /** @param shown histograms of the view before, which stand until the new ones are there */
  constructor(view: View, shown: Histograms = {}) {
    this.#view = view;
    this.histograms = signal(shown);
    void this.count();
  }

  close(): void {
    this.#stop.abort();
  }

  /** Counts anew, unless it is counted already. */
  async count(): Promise<void> {
    if (this.#isCounting) return;
    this.#isCounting = true;
    await this.#ask(async (signal) => {
      const input = { ...listInput(this.#view), limit: 1, count: 'exact' } as const;
      this.total.value = (await call('sessions.list', input, { signal, quiet: true })).count;
    });
    this.#isCounting = false;
  }

  /** Lays the sessions out anew. Each window shows what lies beyond it too, or nobody could widen it again. */
  async layOut(): Promise<void> {
    // The list of what one cut ended is laid out by nothing else.
    if (this.#view.revocation !== undefined) return;
    for (const name of Object.keys(fields) as WindowName[]) {
      await this.#ask(async (signal) => {
        const input = {
          ...selectorOf(this.#view, name),
          state: this.#view.state,
          field: fields[name],
          buckets,
        } as const;
        const histogram = await call('sessions.histogram', input, { signal, quiet: true });
        this.histograms.value = { ...this.histograms.value, [name]: histogram };
      });
    }
  }

  async #ask(question: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await question(this.#stop.signal);
    } catch (thrown) {
      // The table says what is wrong, and is asked the same.
      if (!isAbort(thrown)) console.warn(thrown);
    }
  }
}
