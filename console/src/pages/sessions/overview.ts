import { type Signal, signal } from '@preact/signals';
import { call, isAbort } from '../../api.ts';
import { AskedAgain, mayPass } from '../../asked-again.ts';
import type { Histogram } from './brush.tsx';
import { listInput, selectorOf, type View, type WindowName } from './view.ts';

const fields = { created: 'createdAt', used: 'lastAccessAt' } as const;
const buckets = 80;

export type Histograms = Partial<Record<WindowName, Histogram>>;

/** To lay sessions out may read all of them, so it is done no more often than this after the count has moved, ... */
const layOutRestMs = 2000;
/** ... takes up no more than this part of the time, ... */
const layOutShare = 10;
/** ... and where the count stands, while sessions are used, less often. */
const idleRestMs = 15_000;

/** What stands around the table: how many sessions match, and how they lie in time. */
export class Overview {
  readonly total = signal<number | undefined>(undefined);
  readonly histograms: Signal<Histograms>;
  readonly #stop = new AbortController();
  readonly #view: View;
  readonly #countAgain = new AskedAgain(() => this.count());
  readonly #layOutAgain = new AskedAgain(() => this.#layOut());
  /** Why the sessions could not be counted; undefined while all is well. */
  readonly countError = this.#countAgain.error;
  /** Why the sessions could not be laid out in time; undefined while all is well. */
  readonly layOutError = this.#layOutAgain.error;
  #isCounting = false;
  #isShown = false;
  #isLayingOut = false;
  #isStale = false;
  /** The count when the sessions were laid out last, when that was, and how long it took. */
  #laidOut: { total: number | undefined; at: number; tookMs: number } | undefined;
  #timer: { readonly at: number; readonly id: ReturnType<typeof setTimeout> } | undefined;

  /** @param shown histograms of the view before, which stand until the new ones are there */
  constructor(view: View, shown: Histograms = {}) {
    this.#view = view;
    this.histograms = signal(shown);
    void this.count();
  }

  close(): void {
    this.#stop.abort();
    this.#countAgain.close();
    this.#layOutAgain.close();
    clearTimeout(this.#timer?.id);
  }

  /** Says whether the histograms are seen; what nobody sees is not asked for. */
  show(isShown: boolean): void {
    // The list of what one cut ended is laid out by nothing else.
    this.#isShown = isShown && this.#view.revocation === undefined;
    if (this.#isShown && !this.#layOutAgain.isHeld) void this.#layOut();
  }

  /** Asks again at once for what could not be had. */
  retry(): void {
    if (this.#countAgain.isHeld) this.#countAgain.now();
    if (this.#layOutAgain.isHeld) this.#layOutAgain.now();
  }

  /** Asks again at once where the server may be there again. */
  hurry(): void {
    this.#countAgain.hurry();
    this.#layOutAgain.hurry();
  }

  /** Counts anew, unless it is counted already, and lays out anew in due time. */
  async count(): Promise<void> {
    if (this.#isCounting || this.#countAgain.isHeld) return;
    this.#isCounting = true;
    try {
      const input = { ...listInput(this.#view), limit: 1, count: 'exact' } as const;
      const { count } = await call('sessions.list', input, { signal: this.#stop.signal, quiet: true });
      this.#countAgain.answered();
      this.total.value = count;
      this.#layOutSoon();
    } catch (thrown) {
      if (!isAbort(thrown)) this.#countAgain.failed(thrown);
    }
    this.#isCounting = false;
  }

  #layOutSoon(): void {
    if (!this.#isShown || this.#layOutAgain.isHeld) return;
    if (this.#isLayingOut) {
      // What is on its way may be older than the count.
      this.#isStale = true;
      return;
    }
    const last = this.#laidOut;
    if (last === undefined) return;
    // The first layout is asked for together with the count, and need not be repeated for it.
    if (last.total === undefined) last.total = this.total.value;
    const hasMoved = last.total !== this.total.value;
    const at = last.at + Math.max(hasMoved ? layOutRestMs : idleRestMs, layOutShare * last.tookMs);
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    clearTimeout(this.#timer?.id);
    const id = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#isShown) void this.#layOut();
      },
      Math.max(0, at - Date.now()),
    );
    this.#timer = { at, id };
  }

  /** Lays the sessions out anew. Each window shows what lies beyond it too, or nobody could widen it again. */
  async #layOut(): Promise<void> {
    if (this.#isLayingOut || this.#stop.signal.aborted) return;
    this.#isLayingOut = true;
    this.#isStale = false;
    const began = Date.now();
    const total = this.total.value;
    try {
      for (const name of Object.keys(fields) as WindowName[]) {
        const input = {
          ...selectorOf(this.#view, name),
          state: this.#view.state,
          field: fields[name],
          buckets,
        } as const;
        const histogram = await call('sessions.histogram', input, {
          signal: this.#stop.signal,
          quiet: true,
        });
        this.histograms.value = { ...this.histograms.value, [name]: histogram };
      }
      this.#laidOut = { total, at: Date.now(), tookMs: Date.now() - began };
      this.#layOutAgain.answered();
    } catch (thrown) {
      if (!isAbort(thrown)) {
        // What stands is of the view before, and no answer to this one will take its place.
        if (!mayPass(thrown)) this.histograms.value = {};
        this.#layOutAgain.failed(thrown);
      }
    }
    this.#isLayingOut = false;
    if (this.#isStale) this.#layOutSoon();
  }
}
