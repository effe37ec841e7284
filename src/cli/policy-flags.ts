import { type Command, Option } from 'commander';
import type { Inputs, Outputs } from '../client/operations.ts';
import { CurfewError } from '../core/errors.ts';
import { formatDuration, parseDuration } from './durations.ts';
import { wholeNumber } from './selector-flags.ts';

type Scope = Inputs['policy.set']['scope'];
type Rule = NonNullable<Inputs['policy.set']['rule']>;
type SessionLimit = NonNullable<Rule['sessionLimit']>;

/** The flags that say where a rule applies. */
export interface ScopeFlags {
  readonly realm?: string;
  readonly providerType?: string;
  readonly providerName?: string;
  readonly username?: string;
}

/** The flags that say what a rule sets. */
export interface RuleFlags {
  readonly idle?: string;
  readonly lifespan?: string;
  readonly sessions?: string;
  readonly exceeded?: 'refuse' | 'displace';
  readonly per?: 'user' | 'provider';
}

/** Adds the flags for the scope of a rule; without any the scope is the default of all realms. */
export function addScopeFlags(command: Command): Command {
  const heading = 'Where it applies (everywhere, without these):';
  for (const [flag, text] of [
    ['--realm <realm>', 'in this realm'],
    ['--provider-type <type>', 'for a provider of this type, beside --provider-name'],
    ['--provider-name <name>', 'for the provider of this name, beside --provider-type'],
    ['--username <name>', 'for this user'],
  ] as const)
    command.addOption(new Option(flag, text).helpGroup(heading));
  return command;
}

/**
 * The scope that the flags mean. A provider or user without a realm is one of the realm `default`.
 * @throws CurfewError `invalid_input`
 */
export function scopeFromFlags({ realm, providerType, providerName, username }: ScopeFlags): Scope {
  if ((providerType === undefined) !== (providerName === undefined))
    throw new CurfewError(
      'invalid_input',
      'A provider is named by --provider-type and --provider-name together.',
    );
  if (username !== undefined && providerType !== undefined)
    throw new CurfewError(
      'invalid_input',
      'A rule is for a user or for a provider; leave one of the two out.',
    );
  if (username !== undefined) return { kind: 'user', realm: realm ?? 'default', username };
  if (providerType !== undefined && providerName !== undefined)
    return { kind: 'provider', realm: realm ?? 'default', type: providerType, name: providerName };
  return realm === undefined ? { kind: 'default' } : { kind: 'realm', realm };
}

/** The rule that the flags mean, or undefined when none is given. @throws CurfewError `invalid_input` */
export function ruleFromFlags(flags: RuleFlags): Rule | undefined {
  const { idle, lifespan } = flags;
  const sessionLimit = limitFromFlags(flags);
  const rule: Rule = {
    ...(idle === undefined ? {} : { idleTimeoutMs: limitMs(idle, '--idle') }),
    ...(lifespan === undefined ? {} : { lifespanMs: limitMs(lifespan, '--lifespan') }),
    ...(sessionLimit === undefined ? {} : { sessionLimit }),
  };
  return Object.keys(rule).length === 0 ? undefined : rule;
}

function limitMs(text: string, flag: string): number | null {
  return text === 'none' ? null : parseDuration(text, flag);
}

function limitFromFlags({ sessions, exceeded, per }: RuleFlags): SessionLimit | undefined {
  const isQualified = exceeded !== undefined || per !== undefined;
  if (sessions === undefined || !/^\d+$/.test(sessions)) {
    if (isQualified)
      throw new CurfewError('invalid_input', '--exceeded and --per belong to a number in --sessions.');
    if (sessions === undefined || sessions === 'unset' || sessions === 'unlimited' || sessions === 'displace')
      return sessions;
    throw new CurfewError('invalid_input', '--sessions must be a number, displace, unlimited or unset.');
  }
  const max = wholeNumber(sessions, '--sessions', 1) as number;
  return isQualified ? { max, exceeded: exceeded ?? 'refuse', per: per ?? 'user' } : max;
}

type RuleLike = Outputs['policy.list']['builtIn'];

/** A scope for people, such as `realm shop`. */
export function scopeText(scope: Scope): string {
  switch (scope.kind) {
    case 'default':
      return 'everywhere';
    case 'realm':
      return `realm ${scope.realm}`;
    case 'provider':
      return `provider ${scope.type}/${scope.name} of realm ${scope.realm}`;
    case 'user':
      return `user ${scope.username} of realm ${scope.realm}`;
  }
}

/** A limit of time for people; undefined falls through to the wider scope. */
export function limitText(ms: number | null | undefined): string | undefined {
  if (ms === undefined) return undefined;
  return ms === null ? 'none' : formatDuration(ms);
}

/** A limit of sessions for people. */
export function sessionsText(limit: RuleLike['sessionLimit']): string | undefined {
  if (limit === undefined || typeof limit === 'string') return limit;
  if (typeof limit === 'number') return `${limit}, then refuse`;
  return `${limit.max} per ${limit.per}, then ${limit.exceeded}`;
}
