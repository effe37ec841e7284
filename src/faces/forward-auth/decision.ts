import type { Clock } from '../../core/clock.ts';
import type { CheckOptions, Registry, Verdict } from '../../session/registry.ts';
import type { Eventually, StoredSession } from '../../session/store.ts';
import type { ReadToken } from '../http/presented-token.ts';
import type { Assertions } from './assertion.ts';
import { authenticatedAt } from './authentication-age.ts';
import type { OriginalRequest } from './original-request.ts';
import type { Asked, Found, Rule } from './rules.ts';

type Dead = Extract<Verdict, { live: false }>['reason'];

/** Why nobody passes here, whoever it is. */
export type Refusal = 'unknown_host' | 'no_rule' | 'unclear' | 'nobody';

/** What becomes of a request. */
export type Decision =
  | {
      readonly kind: 'pass';
      /** Undefined where everybody may pass, and nobody was asked for. */
      readonly session: StoredSession | undefined;
      readonly deadline: number | null;
      readonly assertion: string;
    }
  | { readonly kind: 'sign_in'; readonly reason: Dead; readonly realm: string | undefined }
  /** Signed in, but too long ago. */
  | { readonly kind: 'sign_in_again'; readonly realm: string | undefined; readonly maxAgeMs: number }
  /** Signed in, but not long enough ago. */
  | { readonly kind: 'too_early'; readonly waitMs: number }
  /** Signed in, but not one of those who may. */
  | { readonly kind: 'not_admitted'; readonly username: string }
  | { readonly kind: 'closed'; readonly refusal: Refusal };

export interface DecisionParts {
  readonly registry: Pick<Registry, 'check'>;
  readonly clock: Clock;
  readonly readToken: ReadToken;
  readonly ruleOf: (asked: Asked) => Found;
  /** Undefined when none are asked for. */
  readonly assertions: Assertions | undefined;
}

export type Decide = (original: OriginalRequest, address: () => string | undefined) => Eventually<Decision>;

/**
 * Makes the function that decides about requests: the rule, then the same check as `GET /v1/check`, then what the rule
 * asks of a live session. It answers at once where the store does and no assertion has to be signed.
 * @throws CurfewError `store_unavailable` when it cannot be known, so nobody may be let in (P5)
 */
export function decider({ registry, clock, readToken, ruleOf, assertions }: DecisionParts): Decide {
  return (original, address) => {
    const { authority, method, target, headers } = original;
    const query = target.indexOf('?');
    const path = query < 0 ? target : target.slice(0, query);
    const rule = ruleOf({ host: authority.host, method, path });
    if (typeof rule === 'string') return { kind: 'closed', refusal: rule };
    if (rule.who === 'nobody') return { kind: 'closed', refusal: 'nobody' };
    if (rule.who === 'public') return everybody;
    const token = readToken(headers);
    const check = (touch: boolean) => registry.check(token, new CheckFor(rule.realm, address, touch));
    const question = { rule, host: authority.host, check };
    const verdict = check(true);
    return verdict instanceof Promise
      ? verdict.then((settled) => judge(settled, question))
      : judge(verdict, question);
  };

  function judge(verdict: Verdict, question: Question): Eventually<Decision> {
    const { rule, host } = question;
    if (!verdict.live) return { kind: 'sign_in', reason: verdict.reason, realm: rule.realm };
    const { session, deadline } = verdict;
    if (!rule.admits(session)) return { kind: 'not_admitted', username: session.username };
    if (rule.maxAgeMs !== undefined || rule.minAgeMs !== undefined) {
      const age = clock.now() - authenticatedAt(session);
      if (rule.maxAgeMs !== undefined && age > rule.maxAgeMs)
        return { kind: 'sign_in_again', realm: rule.realm, maxAgeMs: rule.maxAgeMs };
      if (rule.minAgeMs !== undefined && age < rule.minAgeMs)
        return { kind: 'too_early', waitMs: rule.minAgeMs - age };
    }
    const assertion = assertions?.of(session, host, deadline) ?? '';
    return typeof assertion === 'string'
      ? { kind: 'pass', session, deadline, assertion }
      : assertion.then((signed) => passStill(signed, question));
  }

  /** Signing takes a moment, in which the session may have been terminated; then the answer must not say it is alive (P1). */
  async function passStill(assertion: string, { rule, check }: Question): Promise<Decision> {
    const verdict = await check(false);
    if (!verdict.live) return { kind: 'sign_in', reason: verdict.reason, realm: rule.realm };
    return { kind: 'pass', session: verdict.session, deadline: verdict.deadline, assertion };
  }
}

interface Question {
  readonly rule: Rule;
  readonly host: string;
  /** Asks the registry about the token that the request presents. */
  readonly check: (touch: boolean) => Eventually<Verdict>;
}

const everybody: Decision = { kind: 'pass', session: undefined, deadline: null, assertion: '' };

/** Only refused uses are recorded with an address, so only then is it looked for. */
class CheckFor implements CheckOptions {
  readonly realm: string | undefined;
  readonly touch: boolean;
  private readonly address: () => string | undefined;

  constructor(realm: string | undefined, address: () => string | undefined, touch: boolean) {
    this.realm = realm;
    this.address = address;
    this.touch = touch;
  }

  get ip(): string | undefined {
    return this.address();
  }
}
