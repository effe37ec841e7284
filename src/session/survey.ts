import type { SessionLimit } from './policy.ts';
import type { Provider } from './session.ts';

/** Which live sessions of a realm a policy decides for, and the limits they are held against. */
export interface SurveyQuery {
  readonly realm: string;
  /** Only sessions of this provider. */
  readonly provider?: Provider;
  /** Not those of these providers. */
  readonly exceptProviders?: readonly Provider[];
  /** Only sessions of this user. */
  readonly username?: string;
  /** Not those of these users. */
  readonly exceptUsernames?: readonly string[];
  /** Null counts no session as longer lived. */
  readonly idleTimeoutMs: number | null;
  readonly lifespanMs: number | null;
  readonly sessionLimit: SessionLimit;
  readonly now: number;
}

/** What a survey found, all from one snapshot. */
export interface Survey {
  readonly live: number;
  /** Those that may stay unused for longer, or live longer in all, than the limits say. */
  readonly longer: number;
  /**
   * Users, or pairs of user and provider where the limit counts so, who have as many live sessions as the limit allows or
   * more: their next sign-in here meets it.
   */
  readonly full: number;
  /** How many sessions those have beyond the limit. */
  readonly over: number;
}
