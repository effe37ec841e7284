import type { Log } from '../../core/log.ts';
import type { Eventually } from '../../session/store.ts';
import { type Answer, type AnswerParts, answerOf, closed, unavailable } from './answer.ts';
import type { Decide, Decision } from './decision.ts';
import type { OriginalRequest } from './original-request.ts';

/** How many requests were asked about, by what became of them, since the start. */
export type GateCounts = Record<Decision['kind'] | 'untrusted' | 'failed', number>;

/** A question as it came to some face. */
export interface Question {
  /** The original request, or what is wrong with how it is told. */
  readonly original: OriginalRequest | string;
  /** The headers that tell whether a person or a program reads the answer. */
  readonly headers: readonly string[];
  /** Whether the proxy that asks is one that the configuration trusts. */
  readonly isTrusted: boolean;
  readonly address: () => string | undefined;
}

export interface Gate {
  /** Answers a question; never fails, for then nobody passes. */
  ask(question: Question): Eventually<Answer>;
  readonly counts: Readonly<GateCounts>;
}

/** Complaints are repeated at most so often. */
const complaintEveryMs = 10_000;

/** Makes what stands behind every convention: reads nothing of HTTP or gRPC, and decides for both. */
export function createGate(parts: AnswerParts & { readonly decide: Decide; readonly log: Log }): Gate {
  const { decide, log } = parts;
  const counts: GateCounts = {
    pass: 0,
    sign_in: 0,
    sign_in_again: 0,
    too_early: 0,
    not_admitted: 0,
    closed: 0,
    untrusted: 0,
    failed: 0,
  };
  const failures = seldom((error: unknown) =>
    log.error({ err: error }, 'a proxy could not be answered, so nobody was let in'),
  );
  const strangers = seldom((address: string | undefined) =>
    log.warn(
      { from: address },
      'a proxy asks that is not among trustedProxies, so nobody is let in through it',
    ),
  );

  function settle(decision: Decision, original: OriginalRequest): Answer {
    counts[decision.kind]++;
    return answerOf(decision, original, parts);
  }

  function fail(error: unknown): Answer {
    counts.failed++;
    failures(error);
    return unavailable;
  }

  return {
    counts,
    ask({ original, headers, isTrusted, address }) {
      if (!isTrusted) {
        counts.untrusted++;
        strangers(address());
        return closed('untrusted', headers);
      }
      if (typeof original === 'string') {
        counts.closed++;
        return closed('unclear', headers, original);
      }
      try {
        const decision = decide(original, address);
        return decision instanceof Promise
          ? decision.then((settled) => settle(settled, original)).catch(fail)
          : settle(decision, original);
      } catch (error) {
        return fail(error);
      }
    },
  };
}

/** Says something at most once in ten seconds. */
function seldom<Thing>(say: (thing: Thing) => void): (thing: Thing) => void {
  let silentUntil = 0;
  return (thing) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + complaintEveryMs;
    say(thing);
  };
}
