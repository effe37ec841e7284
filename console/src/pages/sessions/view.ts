import type { Inputs, Outputs, Selector } from '../../api.ts';
import { isEntryNumber, isInstant, isSome, type Readers } from '../../misread.ts';

/** A session as the list gives it. */
export type Session = Outputs['sessions.list']['sessions'][number];
export type State = 'live' | 'ended' | 'any';
export type Order = '-createdAt' | 'createdAt' | '-lastAccessAt' | 'lastAccessAt';

/** What the view shows, as the URL tells it; what is not set narrows nothing. Instants are ISO 8601. */
export interface View {
  readonly realm?: string | undefined;
  readonly user?: string | undefined;
  readonly subject?: string | undefined;
  readonly providerType?: string | undefined;
  readonly provider?: string | undefined;
  readonly app?: string | undefined;
  readonly group?: string | undefined;
  readonly ip?: string | undefined;
  readonly id?: string | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
  readonly usedFrom?: string | undefined;
  readonly usedTo?: string | undefined;
  /** Only sessions that this entry of the ledger ended. */
  readonly revocation?: string | undefined;
  readonly state: State;
  readonly order: Order;
  /** The session whose story is open beside the table. */
  readonly session?: string | undefined;
}

/** Fields that narrow the view by one text each. */
export const textFields = [
  'realm',
  'user',
  'subject',
  'providerType',
  'provider',
  'app',
  'group',
  'ip',
  'id',
  'revocation',
] as const;
export type TextField = (typeof textFields)[number];

/** Windows of time, each by its two ends. */
export const windows = {
  created: ['createdFrom', 'createdTo'],
  used: ['usedFrom', 'usedTo'],
} as const;
export type WindowName = keyof typeof windows;

const timeFields = ['createdFrom', 'createdTo', 'usedFrom', 'usedTo'] as const;
const states: readonly State[] = ['live', 'ended', 'any'];
const orders: readonly Order[] = ['-createdAt', 'createdAt', '-lastAccessAt', 'lastAccessAt'];

/** What the address of the view may hold. */
export const readers: Readers = {
  ...Object.fromEntries([...textFields, 'session'].map((name) => [name, isSome])),
  ...Object.fromEntries(timeFields.map((name) => [name, isInstant])),
  revocation: isEntryNumber,
  state: (value) => states.some((one) => one === value),
  order: (value) => orders.some((one) => one === value),
};

/** The view that a URL asks for. What cannot be read is left out here, and said above the list. */
export function viewOf(query: URLSearchParams): View {
  const read = (name: string): string | undefined => {
    const value = query.get(name);
    return value !== null && readers[name]?.(value) ? value : undefined;
  };
  const view: Record<string, string> = {};
  for (const name of [...textFields, 'session'] as const) {
    const value = read(name);
    if (value !== undefined) view[name] = value;
  }
  for (const name of timeFields) {
    const value = read(name);
    if (value !== undefined) view[name] = new Date(value).toISOString();
  }
  return {
    ...view,
    state: (read('state') as State | undefined) ?? (view.revocation === undefined ? 'live' : 'any'),
    order: (read('order') as Order | undefined) ?? '-createdAt',
  };
}

/** What stands in the URL of a view; what is usual is left out. */
export function queryOf({ state, order, ...rest }: View): Record<string, string | undefined> {
  const usual = rest.revocation === undefined ? 'live' : 'any';
  return {
    ...rest,
    state: state === usual ? undefined : state,
    order: order === '-createdAt' ? undefined : order,
  };
}

/** Which sessions the view names, without its state; `all` when nothing narrows it but the realm. */
export function selectorOf(view: View, without?: WindowName): Selector {
  const { realm, user, subject, providerType, provider, app, group, ip, id } = view;
  const selector: Record<string, unknown> = {};
  if (user !== undefined) selector.username = user;
  if (subject !== undefined) selector.subject = subject;
  if (providerType !== undefined || provider !== undefined) {
    selector.provider = {
      ...(providerType === undefined ? {} : { type: providerType }),
      ...(provider === undefined ? {} : { name: provider }),
    };
  }
  if (app !== undefined) selector.app = app;
  if (group !== undefined) selector.accessGroup = group;
  if (ip !== undefined) selector.ip = ip;
  if (id !== undefined) selector.sessionIds = [id];
  if (without !== 'created') {
    if (view.createdFrom !== undefined) selector.createdFrom = view.createdFrom;
    if (view.createdTo !== undefined) selector.createdTo = view.createdTo;
  }
  if (without !== 'used') {
    if (view.usedFrom !== undefined) selector.lastAccessFrom = view.usedFrom;
    if (view.usedTo !== undefined) selector.lastAccessTo = view.usedTo;
  }
  if (Object.keys(selector).length === 0) selector.all = true;
  if (realm !== undefined) selector.realm = realm;
  return selector as Selector;
}

/** What the list is asked for. */
export function listInput(view: View): Inputs['sessions.list'] {
  const { revocation, state, order } = view;
  return {
    ...selectorOf(view),
    state,
    order,
    ...(revocation === undefined ? {} : { revocation: Number(revocation) }),
  };
}

/** What makes the list another one; the open session does not. */
export function listKey(view: View): string {
  return JSON.stringify(listInput(view));
}

/** Whether anything narrows the view. */
export function isNarrowed(view: View): boolean {
  return [...textFields, ...timeFields].some((name) => view[name] !== undefined);
}

/** The view narrowed to nothing; state, order and the open session stay. */
export function widened({ state, order, session }: View): View {
  return { state, order, ...(session === undefined ? {} : { session }) };
}
