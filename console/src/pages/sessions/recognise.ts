import type { Outputs } from '../../api.ts';
import type { View } from './view.ts';

export type Suggestions = Outputs['sessions.suggest'];
type Words = Outputs['sessions.words'];

/** Something that a text in the search may mean. */
export interface Meaning {
  readonly kind: 'session' | 'network' | 'user' | 'provider' | 'app' | 'subject' | 'address';
  readonly value: string;
  /** The one realm that choosing it narrows the view to; without it the view keeps the realms it shows. */
  readonly realm?: string;
  /** Where the value is known from sessions: a realm, and how many are live there. */
  readonly known?: { readonly realm: string; readonly live: number };
  /** Whether it is known in the realms of the view and stands for all of them, where there may be several. */
  readonly isEverywhere?: boolean;
}

/** At most so many providers, and as many apps, stand among what is suggested. */
const mostNames = 5;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a text may mean. The first is what it says as it stands, in every realm that the view shows: a session by its id, an
 * address or network, a user of exactly this name, or else the one other thing that is known to begin so. Behind it come
 * those that sessions bear, each in one realm; providers and apps, which are named rarely, after the users.
 * @param found what the server suggests, as far as it has come
 * @param words the providers and apps that sessions bear, as far as they have come
 * @param hasRealms whether the view may show more than one realm
 */
export function meaningsOf(
  text: string,
  { found, words }: { found: Suggestions | undefined; words: Words | undefined },
  hasRealms: boolean,
): Meaning[] {
  const value = text.trim();
  if (value === '') return [];
  if (uuid.test(value)) return [{ kind: 'session', value: value.toLowerCase() }];
  const borne = (kind: Meaning['kind'], list: Suggestions['usernames'] = []): Meaning[] =>
    list.map((known) => ({ kind, value: known.value, known, ...(hasRealms ? { realm: known.realm } : {}) }));
  const users = borne('user', found?.usernames);
  const names = namesIn(words, value);
  const others = [...borne('address', found?.addresses), ...borne('subject', found?.subjects)];
  if (isNetwork(value)) return [{ kind: 'network', value }, ...users, ...names, ...others];
  const exact = [...users, ...others].find((one) => one.value === value);
  if (exact !== undefined) {
    const everywhere: Meaning = { kind: exact.kind, value, isEverywhere: true };
    const rest = [...users, ...names, ...others].filter((one) => one !== exact);
    return hasRealms ? [everywhere, exact, ...rest] : [exact, ...rest];
  }
  const asWritten: Meaning = { kind: 'user', value };
  return users.length === 0 && others.length === 1
    ? [...others, asWritten, ...names]
    : [asWritten, ...users, ...names, ...others];
}

/** The providers and apps whose names begin so, however they are capitalised. */
function namesIn(words: Words | undefined, text: string): Meaning[] {
  const beginning = text.toLowerCase();
  const of = (kind: Meaning['kind'], list: readonly string[] = []): Meaning[] =>
    [...new Set(list)]
      .filter((value) => value.toLowerCase().startsWith(beginning))
      .slice(0, mostNames)
      .map((value) => ({ kind, value }));
  return [
    ...of(
      'provider',
      words?.providers.map(({ name }) => name),
    ),
    ...of('app', words?.apps),
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
    case 'provider':
      return { provider: value };
    case 'app':
      return { app: value };
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
