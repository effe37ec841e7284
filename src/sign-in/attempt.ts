import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/ids.ts';
import type { Sealer } from '../core/sealing.ts';

const texts = z.record(z.string(), z.string());

const attemptSchema = z.strictObject({
  /** Tells what is sealed here apart from everything else that is sealed with the same key. */
  purpose: z.literal('sign-in'),
  id: z.string(),
  realm: z.string(),
  /** The ledger's head when the sign-in began (P3). */
  epoch: z.int().min(0),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  /** Where the browser goes afterwards; checked already. */
  returnTo: z.string(),
  /** Names the browser that began it, see `BrowserBinding`. */
  browser: z.string(),
  /** The provider that was chosen; with `remembered` or `challenge` it is the one that goes on. */
  provider: z.string().optional(),
  /** What a redirect provider must be given again. */
  remembered: texts.optional(),
  /** What must follow a password that was right. */
  challenge: z.strictObject({ needs: z.enum(['code', 'newPassword']), remembered: texts }).optional(),
  /** The user must authenticate anew, at most so many seconds ago. */
  maxAgeSeconds: z.int().min(0).optional(),
});

/**
 * A sign-in under way. It goes around with the browser, sealed, so that nothing is kept for people who only open the
 * page, and every node can go on with it.
 */
export type Attempt = Omit<z.output<typeof attemptSchema>, 'purpose'>;

export type AttemptState =
  | { readonly kind: 'open' | 'stale'; readonly attempt: Attempt }
  | { readonly kind: 'spoilt' };

const day = 86_400_000;

/**
 * Begins, seals and opens sign-ins. Every page that is opened is sealed, so the key changes every day, and one of the day
 * before still opens.
 */
export class Attempts {
  readonly #sealerOf: (period: number) => Sealer;
  readonly #periodMs: number;
  readonly #clock: Clock;
  readonly #maxSignInAgeMs: number;

  constructor(parts: { sealer: Sealer; clock: Clock; maxSignInAgeMs: number }) {
    this.#periodMs = Math.max(day, parts.maxSignInAgeMs);
    const made = new Map<number, Sealer>();
    this.#sealerOf = (period) => {
      const sealer = made.get(period) ?? parts.sealer.derived(`sign-in ${period}`);
      if (made.size > 2) made.clear();
      made.set(period, sealer);
      return sealer;
    };
    this.#clock = parts.clock;
    this.#maxSignInAgeMs = parts.maxSignInAgeMs;
  }

  /** A sign-in that begins now; `epoch` is the ledger's head at this moment. */
  begin(start: Pick<Attempt, 'realm' | 'epoch' | 'returnTo' | 'browser' | 'maxAgeSeconds'>): Attempt {
    return { ...start, id: newId(), startedAt: this.#clock.now() };
  }

  seal(attempt: Attempt): string {
    return this.#sealerOf(this.#period()).seal(JSON.stringify({ purpose: 'sign-in', ...attempt }));
  }

  /**
   * Opens what `seal` made. Stale after `maxSignInAge`: the ledger could no longer tell whether it was revoked. Spoilt
   * when it was changed, was sealed elsewhere, or belongs to another browser.
   */
  open(sealed: string, browser: string | undefined): AttemptState {
    const state = this.openCookie(sealed);
    if (state.kind === 'spoilt' || browser === undefined || state.attempt.browser !== browser) {
      return { kind: 'spoilt' };
    }
    return state;
  }

  /** As `open`, for one that came in a cookie, which no other browser has. */
  openCookie(sealed: string): AttemptState {
    const period = this.#period();
    const text = this.#sealerOf(period).open(sealed) ?? this.#sealerOf(period - 1).open(sealed);
    const parsed = text === undefined ? undefined : attemptSchema.safeParse(parseJson(text));
    if (parsed?.success !== true) return { kind: 'spoilt' };
    const { purpose: _purpose, ...attempt } = parsed.data;
    const isStale = this.#clock.now() - attempt.startedAt > this.#maxSignInAgeMs;
    return { kind: isStale ? 'stale' : 'open', attempt };
  }

  #period(): number {
    return Math.floor(this.#clock.now() / this.#periodMs);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
