import { CurfewError } from '../../core/errors.ts';
import { effectivePolicyFor } from '../../operations/policy.ts';
import type { PolicyScope } from '../../session/policy.ts';
import { changeRule, ruleOf } from './policy-rules.ts';
import type { Execution } from './shell.ts';
import { nameText } from './text.ts';

type Limit = Awaited<ReturnType<typeof ruleOf>>['sessionLimit'];

/** `policy set max-concurrent-web-sessions`. */
export async function setLimit(execution: Execution): Promise<string> {
  const { calls, value } = execution;
  const scope = scopeOf(execution);
  const limit = readLimit(value('limit'));
  await changeRule(calls, scope, { sessionLimit: limit === 'unset' ? undefined : limit });
  return `Maximum concurrent web sessions ${whose(scope)}: ${limitText(limit)}`;
}

/** `policy get max-concurrent-web-sessions`: what the scope says itself, and what holds when it says nothing. */
export async function getLimit(execution: Execution): Promise<string> {
  const { calls } = execution;
  const scope = scopeOf(execution);
  const { sessionLimit = 'unset' } = await ruleOf(calls, scope);
  const line = `Maximum concurrent web sessions ${whose(scope)}: ${limitText(sessionLimit)}`;
  if (sessionLimit !== 'unset') return line;
  if (scope.kind === 'default') return `${line} (in effect: unlimited)`;
  const { sessionLimit: effective } = await calls.run(effectivePolicyFor, {
    realm: scope.realm,
    // A rule for a provider would lie between; this names none.
    providerType: '-',
    providerName: '-',
    username: scope.kind === 'user' ? scope.username : '-',
  });
  return `${line} (in effect: ${limitText(effective)})`;
}

function scopeOf({ login, option }: Execution): Exclude<PolicyScope, { kind: 'provider' }> {
  const username = option('user');
  const { domain } = login;
  if (domain.kind === 'realm') {
    const { realm } = domain;
    return username === undefined ? { kind: 'realm', realm } : { kind: 'user', realm, username };
  }
  if (username === undefined) return { kind: 'default' };
  throw new CurfewError(
    'invalid_input',
    'A user belongs to one realm: sign in for its domain, not for the management domain.',
  );
}

function whose(scope: PolicyScope): string {
  switch (scope.kind) {
    case 'default':
      return 'in every realm';
    case 'user':
      return `of the user ${nameText(scope.username)} in the realm ${nameText(scope.realm)}`;
    default:
      return `in the realm ${nameText(scope.realm)}`;
  }
}

function readLimit(text: string): NonNullable<Limit> {
  if (text === 'unset' || text === 'displace' || text === 'unlimited') return text;
  if (/^\d{1,7}$/.test(text) && Number(text) > 0) return Number(text);
  throw new CurfewError(
    'invalid_input',
    'max-concurrent-web-sessions is unset, displace, unlimited or a whole number from 1 on.',
  );
}

function limitText(limit: NonNullable<Limit>): string {
  if (typeof limit !== 'object') return String(limit);
  const { max, exceeded, per } = limit;
  const counted = per === 'provider' ? ' of each provider' : '';
  return exceeded === 'refuse' ? `${max}${counted}` : `${max}${counted}, ending the oldest`;
}
