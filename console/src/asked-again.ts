import { type Signal, signal } from '@preact/signals';
import { CurfewError } from './api.ts';

const shortestMs = 1000;
const longestMs = 30_000;

/** What the same question meets again, however often it is asked. */
const lasting: ReadonlySet<string> = new Set([
  'invalid_input',
  'unauthenticated',
  'forbidden',
  'not_found',
  'session_not_found',
  'realm_unknown',
  'too_large',
]);

/** Whether asking again may help, because nothing is wrong with the question itself. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof CurfewError && lasting.has(error.code));
}

/**
 * How long to wait after so many failures in a row: twice as long each time, from 1 s to 30 s, of which the last half is left
 * to chance, so that many pages do not come back at once.
 * @param chance from 0 up to, and without, 1
 */
export function pauseAfter(failures: number, chance: number = Math.random()): number {
  const most = Math.min(longestMs, shortestMs * 2 ** failures);
  return Math.max(shortestMs, most * (0.5 + chance / 2));
}

/**
 * A question that the page asks by itself. After a failure nothing is asked before its time has come; after one that stays,
 * nothing until somebody wants it.
 */
export class AskedAgain {
  /** What was thrown last; undefined once an answer has come. */
  readonly error: Signal<unknown> = signal(undefined);
  readonly #ask: () => unknown;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isHeld = false;
  #isClosed = false;

  /** @param ask asks once more, and tells by `failed` or `answered` what became of it */
  constructor(ask: () => unknown) {
    this.#ask = ask;
  }

  /** Whether nothing may be asked now. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  failed(error: unknown): void {
    if (this.#isClosed) return;
    this.error.value = error;
    // Several questions may fail together, and count once.
    if (this.#isHeld) return;
    this.#isHeld = true;
    if (!mayPass(error)) return;
    this.#failures += 1;
    this.#timer = setTimeout(() => this.now(), pauseAfter(this.#failures));
  }

  answered(): void {
    this.#release();
    this.#failures = 0;
    this.error.value = undefined;
  }

  /** Asks at once, because somebody wants it or the time has come. */
  now(): void {
    if (this.#isClosed) return;
    this.#release();
    this.#ask();
  }

  /** Asks at once where the last failure may have passed, such as when the server is there again. */
  hurry(): void {
    if (this.#isHeld && this.#timer !== undefined) this.now();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isHeld = false;
  }
}
