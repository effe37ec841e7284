import type { Selector } from '../api.ts';
import { shown } from '../components/name.tsx';
import { formatTime } from '../format.ts';
import { strings } from '../strings.ts';

const words = strings.cut.words;

/** One condition of a selector in words: what is asked for, and which. */
export interface Condition {
  readonly what: string;
  readonly which: string;
}

/** The conditions of a selector, each in words. */
export function conditionsOf(selector: Selector): Condition[] {
  const { realm, username, subject, providerSession, adminId, accessGroup, app, ip } = selector;
  const conditions: Condition[] = [];
  const add = (what: string, which: string | number | undefined): void => {
    if (which !== undefined) conditions.push({ what, which: String(which) });
  };
  if (selector.all === true) add(words.all, '');
  add(words.realm, realm);
  add(words.username, username);
  add(words.subject, subject);
  addProvider(add, selector.provider);
  add(words.providerSession, providerSession);
  add(words.adminId, adminId);
  add(words.accessGroup, accessGroup);
  add(words.app, app);
  add(words.ip, ip);
  add(words.created, rangeOf(selector.createdFrom, selector.createdTo));
  add(words.lastAccess, rangeOf(selector.lastAccessFrom, selector.lastAccessTo));
  add(words.configBelow, selector.providerConfigVersionBelow);
  if (selector.sessionIds !== undefined) add(words.sessionIds(selector.sessionIds.length), '');
  if (selector.except !== undefined) add(words.except(selector.except.length), '');
  return conditions;
}

function addProvider(
  add: (what: string, which: string | undefined) => void,
  provider: Selector['provider'],
): void {
  if (provider === undefined) return;
  const { type, name, types, notTypes } = provider;
  if (type !== undefined && name !== undefined) add(words.provider, `${type}/${name}`);
  else add(words.provider, name ?? type);
  add(words.provider, types?.join(', '));
  add(words.notProvider, notTypes?.join(', '));
}

function rangeOf(from: string | undefined, to: string | undefined): string | undefined {
  if (from === undefined && to === undefined) return undefined;
  const parts = [
    from === undefined ? [] : [words.from(formatTime(from))],
    to === undefined ? [] : [words.to(formatTime(to))],
  ];
  return parts.flat().join(' ');
}

/** A selector in one line. */
export function selectorText(selector: Selector): string {
  return conditionsOf(selector)
    .map(({ what, which }) => (which === '' ? what : `${what} ${shown(which)}`))
    .join(', ');
}
