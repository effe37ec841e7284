import type { Inputs, Outputs, Selector } from '../../api.ts';
import { shown } from '../../components/name.tsx';
import { formatCount, formatDuration } from '../../format.ts';
import { strings } from '../../strings.ts';

const texts = strings.policy;

export type Scope = Inputs['policy.set']['scope'];
export type Rule = NonNullable<Inputs['policy.set']['rule']>;
export type PlacedRule = Outputs['policy.list']['rules'][number];
export type Limits = Outputs['policy.effective'];
export type SessionLimit = Limits['sessionLimit'];
export type ScopeKind = Scope['kind'];

const units = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Unit = keyof typeof units;

/** A limit in time as it is entered. */
export interface TimeEntry {
  readonly mode: 'unsaid' | 'noLimit' | 'after';
  readonly amount: string;
  readonly unit: Unit;
}

/** A limit of sessions as it is entered. */
export interface LimitEntry {
  readonly mode: 'unsaid' | 'unlimited' | 'limited';
  readonly max: string;
  readonly exceeded: 'refuse' | 'displace';
  readonly per: 'user' | 'provider';
}

/** A rule as it is entered. */
export interface RuleEntry {
  readonly idle: TimeEntry;
  readonly lifespan: TimeEntry;
  readonly limit: LimitEntry;
}

export function timeEntry(ms: number | null | undefined): TimeEntry {
  if (ms === undefined) return { mode: 'unsaid', amount: '30', unit: 'minute' };
  if (ms === null) return { mode: 'noLimit', amount: '30', unit: 'minute' };
  const unit = (Object.keys(units) as Unit[]).reverse().find((one) => ms % units[one] === 0) ?? 'minute';
  return { mode: 'after', amount: String(ms / units[unit]), unit };
}

export function limitEntry(limit: SessionLimit | Rule['sessionLimit']): LimitEntry {
  const whole = { mode: 'limited', max: '1', exceeded: 'refuse', per: 'user' } as const;
  if (limit === undefined || limit === 'unset') return { ...whole, mode: 'unsaid' };
  if (limit === 'unlimited') return { ...whole, mode: 'unlimited' };
  if (limit === 'displace') return { ...whole, exceeded: 'displace' };
  if (typeof limit === 'number') return { ...whole, max: String(limit) };
  return { mode: 'limited', max: String(limit.max), exceeded: limit.exceeded, per: limit.per ?? 'user' };
}

export function ruleEntry(rule: Rule): RuleEntry {
  return {
    idle: timeEntry(rule.idleTimeoutMs),
    lifespan: timeEntry(rule.lifespanMs),
    limit: limitEntry(rule.sessionLimit),
  };
}

/** What the API is told. What is no number is sent as it is, so that the API says what it expects. */
export function ruleOf({ idle, lifespan, limit }: RuleEntry): Rule {
  const ms = ({ mode, amount, unit }: TimeEntry): number | null =>
    mode === 'noLimit' ? null : numberOf(amount) * units[unit];
  return {
    ...(idle.mode === 'unsaid' ? {} : { idleTimeoutMs: ms(idle) }),
    ...(lifespan.mode === 'unsaid' ? {} : { lifespanMs: ms(lifespan) }),
    ...(limit.mode === 'unsaid' ? {} : { sessionLimit: limitOf(limit) }),
  };
}

function limitOf({ mode, max, exceeded, per }: LimitEntry): NonNullable<Rule['sessionLimit']> {
  return mode === 'limited' ? { max: numberOf(max), exceeded, per } : 'unlimited';
}

/** 0 is within no limit, so it stands for what is no number. */
function numberOf(text: string): number {
  const number = Number(text.trim());
  return text.trim() === '' || !Number.isFinite(number) ? 0 : Math.round(number * 1000) / 1000;
}

/** Where a rule applies, in words. */
export function scopeText(scope: Scope): string {
  const { scopeText: words } = texts;
  switch (scope.kind) {
    case 'default':
      return words.default;
    case 'realm':
      return words.realm(scope.realm);
    case 'provider':
      return words.provider(shown(scope.realm), shown(scope.type), shown(scope.name));
    case 'user':
      return words.user(shown(scope.realm), shown(scope.username));
  }
}

/** A limit in time, in words. */
export function timeText(ms: number | null | undefined): string {
  if (ms === undefined) return texts.unsaid;
  return ms === null ? texts.noLimit : formatDuration(ms);
}

/** A limit of sessions, in words. */
export function limitText(limit: SessionLimit | Rule['sessionLimit']): string {
  const { mode, max, exceeded, per } = limitEntry(limit);
  if (mode === 'unsaid') return texts.unsaid;
  if (mode === 'unlimited') return texts.limitText.unlimited;
  const text = texts.limitText[exceeded](formatCount(Number(max)));
  return per === 'provider' ? texts.limitText.perProvider(text) : text;
}

/** The sessions of a place that were there before now. */
export function selectorOf(place: Outputs['policy.preview']['places'][number]): Selector {
  const { realm, provider, username } = place;
  return {
    realm,
    ...(provider === undefined ? {} : { provider }),
    ...(username === undefined ? {} : { username }),
    createdTo: new Date().toISOString(),
  };
}
