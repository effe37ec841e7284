import type { Outputs } from '../../api.ts';
import type { View } from './view.ts';

export type Suggestions = Outputs['sessions.suggest'];

/** Something that a text in the search may mean. */
export interface Meaning {
  readonly kind: 'session' | 'network' | 'user' | 'subject' | 'address';
  readonly value: string;
  /** Where the value is known from sessions: its realm and how many are live. */
  readonly realm?: string;
  readonly live?: number;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a text may mean, the likeliest first: a session by its id, an address or network, then what sessions bear that begins
 * so, at last a user of exactly this name.
 */
export function meaningsOf(text: string, found: Suggestions | undefined): Meaning[] {
  const value = text.trim();
  if (value === '') return [];
  if (uuid.test(value)) return [{ kind: 'session', value: value.toLowerCase() }];
  const known = (kind: Meaning['kind'], list: Suggestions['usernames'] = []): Meaning[] =>
    list.map((one) => ({ kind, value: one.value, realm: one.realm, live: one.live }));
  const isPlace = isNetwork(value);
  const users = known('user', found?.usernames);
  const isKnown = users.some((user) => user.value === value);
  return [
    ...(isPlace ? [{ kind: 'network' as const, value }] : []),
    ...users,
    ...known('address', found?.addresses),
    ...known('subject', found?.subjects),
    ...(isPlace || isKnown ? [] : [{ kind: 'user' as const, value }]),
  ];
}

/** What a meaning changes in the view. An address takes the place of what was taken for a name while it was half written. */
export function narrowedBy({ kind, value, realm }: Meaning, view: Pick<View, 'user'>): Partial<View> {
  const isPlace = kind === 'network' || kind === 'address';
  const isBegun = isPlace && view.user !== undefined && value.startsWith(view.user);
  const within = { ...(realm === undefined ? {} : { realm }), ...(isBegun ? { user: undefined } : {}) };
  switch (kind) {
    case 'session':
      return { id: value, state: 'any', session: value };
    case 'network':
      return { ip: value, ...within };
    case 'address':
      return { ip: value, ...within };
    case 'user':
      return { user: value, ...within };
    case 'subject':
      return { subject: value, ...within };
  }
}

/** Whether a text is a whole address, or a network such as `192.0.2.0/24`. The server reads it more strictly. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return false;
  const width = address.includes(':') ? 128 : 32;
  if (prefix !== undefined && Number(prefix) > width) return false;
  if (width === 32)
    return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && address.split('.').every((part) => Number(part) < 256);
  // The parser of addresses of the web knows how one of the long kind is written.
  return /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]/`);
}
