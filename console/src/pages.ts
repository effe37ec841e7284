import type { ComponentType } from 'preact';
import { may, type Permission } from './me.ts';
import { strings } from './strings.ts';

/** One view of the console. */
export interface Page {
  /** Below `/console`; one that ends with `/*` holds every path below, and the one without it. */
  readonly path: string;
  readonly title: string;
  /** Fetches the view, whose default export is its component, when it is first shown. */
  readonly load: () => Promise<{ default: ComponentType }>;
  /** Who lacks it does not see the view. */
  readonly permission: Permission;
  /** The key that leads there, after `g`. */
  readonly key: string;
  /** Stands in the menu of the person, beside views that are about everybody. */
  readonly isPersonal?: boolean;
}

/** Every view, in the order of the navigation. */
export const pages: readonly Page[] = [
  {
    path: '/',
    title: strings.now.title,
    load: () => import('./pages/now/now.tsx'),
    permission: 'sessions.read',
    key: 'n',
  },
  {
    path: '/sessions',
    title: strings.sessions.title,
    load: () => import('./pages/sessions/sessions.tsx'),
    permission: 'sessions.read',
    key: 's',
  },
  {
    path: '/ledger',
    title: strings.ledger.title,
    load: () => import('./pages/ledger/ledger.tsx'),
    permission: 'ledger.read',
    key: 'l',
  },
  {
    path: '/administration/*',
    title: strings.administration.title,
    load: () => import('./pages/administration/administration.tsx'),
    permission: 'policy.read',
    key: 'a',
  },
  {
    path: '/own',
    title: strings.own.title,
    load: () => import('./pages/own/own.tsx'),
    permission: 'own',
    key: 'y',
    isPersonal: true,
  },
];

/** The views that the person may see. */
export function reachablePages(): readonly Page[] {
  return pages.filter(({ permission }) => may(permission));
}

/** Those of them that stand in the navigation: what is about everybody, else what there is. */
export function navigationPages(): readonly Page[] {
  const reachable = reachablePages();
  const general = reachable.filter(({ isPersonal }) => !isPersonal);
  return general.length > 0 ? general : reachable;
}

/** The view of a path; undefined where there is none. Whoever may not see the first view starts at their own sessions. */
export function pageAt(path: string): Page | undefined {
  const found = pages.find((page) => isAt(page, path));
  if (path === '/' && found !== undefined && !may(found.permission)) return reachablePages()[0];
  return found;
}

/** Whether a path belongs to a view. */
export function isAt({ path: own }: Page, path: string): boolean {
  if (!own.endsWith('/*')) return own === path;
  const start = own.slice(0, -2);
  return path === start || path.startsWith(`${start}/`);
}

/** Where a link to a view leads, below `/console`. */
export function entryOf({ path }: Page): string {
  return path.replace(/\/\*$/, '');
}
