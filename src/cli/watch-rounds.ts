import { type ConnectionState, followEvents, type ServerEvent } from '../client/events.ts';
import type { TransportOptions } from '../client/transport.ts';
import { CurfewError } from '../core/errors.ts';
import { nextPause } from './watch.ts';

export interface RoundsOptions {
  readonly transport: TransportOptions;
  readonly signal: AbortSignal;
  /** Looks, and says whether anything has changed; a look that may succeed later is `failed`. */
  readonly look: () => Promise<'changed' | 'quiet' | 'failed'>;
  /** How often to look where the server does not tell by itself, in milliseconds; less often while nothing changes. */
  readonly everyMs: number;
  /** Whether to look by the clock too: what is followed changes in ways that no event tells. */
  readonly isTimed: boolean;
  /** Told of each revocation that the caller may see, whatever it ends; only the server tells of them. */
  readonly onRevocation: (revocation: RevocationEvent) => Promise<void>;
  /** Told how it is learnt that something has changed, when that changes; with the reason unless it is `told`. */
  readonly onWay: (way: Way, reason?: CurfewError) => Promise<void>;
}

export type RevocationEvent = Extract<ServerEvent, { type: 'revocation' }>['data'];

/** `told` by the server; `lost` for now, so it is looked by the clock until it is back; `timed` for good. */
export type Way = 'told' | 'lost' | 'timed';

/** However much happens, it is not looked more often. */
const restMs = 1000;
/** The caller is not known any more; all else that ends a stream of events leaves the lists to be asked for. */
const gone = new Set(['unauthenticated', 'locked_out']);

/**
 * Looks whenever the server tells that something has changed, and by the clock while it does not tell. The first look comes
 * before anything is followed, and the next when the stream is there, so nothing falls between.
 * @throws what `look` throws, and CurfewError `unauthenticated` or `locked_out` when the caller is not known any more
 */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #state: ConnectionState | 'timed' = 'connecting';
  #isDue = false;
  #live: number | undefined;
  #failure: unknown;
  #wake = (): void => undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  async run(): Promise<void> {
    const { everyMs, look } = this.#options;
    let following: Promise<void> | undefined;
    let waitMs = everyMs;
    try {
      while (!this.#signal.aborted) {
        this.#isDue = false;
        const outcome = await look();
        // What one look could not learn the next is to, also when no further event comes.
        if (outcome === 'failed') this.#isDue = true;
        following ??= this.#follow();
        waitMs = this.#state === 'live' ? everyMs : nextPause(waitMs, everyMs, outcome !== 'changed');
        await this.#pause(performance.now(), waitMs);
      }
    } finally {
      this.#stop.abort();
      await following;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until it is time for the next look. */
  async #pause(from: number, waitMs: number): Promise<void> {
    while (!this.#signal.aborted) {
      const isTold = this.#state === 'live';
      const isTimed = this.#options.isTimed || !isTold;
      const ms = isTold && this.#isDue ? restMs : isTimed ? waitMs : Number.POSITIVE_INFINITY;
      const left = from + ms - performance.now();
      if (left <= 0) return;
      await this.#sleep(left);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#signal.removeEventListener('abort', settle);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(settle, Math.min(ms, 60_000));
      this.#signal.addEventListener('abort', settle);
      this.#wake = settle;
    });
  }

  async #follow(): Promise<void> {
    const { transport, onWay } = this.#options;
    try {
      await followEvents({
        ...transport,
        signal: this.#signal,
        onEvent: (event) => this.#hear(event),
        onState: (state, reason) => {
          const before = this.#state;
          this.#state = state;
          this.#wake();
          if (state === 'lost' && before !== 'lost') void onWay('lost', reason);
          if (state === 'live' && before === 'lost') void onWay('told');
        },
      });
    } catch (error) {
      if (error instanceof CurfewError && !gone.has(error.code)) {
        this.#state = 'timed';
        this.#wake();
        await onWay('timed', error);
        return;
      }
      this.#failure = error;
      this.#stop.abort();
    }
  }

  #hear(event: ServerEvent): void {
    if (event.type === 'revocation') void this.#options.onRevocation(event.data);
    if (!this.#tells(event)) return;
    this.#isDue = true;
    this.#wake();
  }

  /** Whether live sessions may be others after an event. */
  #tells(event: ServerEvent): boolean {
    switch (event.type) {
      case 'hello':
      case 'revocation':
        return true;
      case 'pulse': {
        const { live, registered, ended } = event.data;
        const isSame = live === this.#live && registered === 0 && ended === 0;
        this.#live = live;
        return !isSame;
      }
      case 'journal':
        return event.data.event.startsWith('samples.');
      case 'sweep':
      case 'nodes':
      case 'bye':
        return false;
    }
  }
}
