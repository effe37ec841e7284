import { batch, signal } from '@preact/signals';

/** The console's own root; every view lies below. */
const root = '/console';

/** What can stand in a query; a list repeats its name, and what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The path of the view below `/console`, such as `/sessions`; `/` for the first one. */
export const path = signal(currentPath());
/** What the view is told by the URL. Never changed in place: `go` makes a new one. */
export const query = signal<URLSearchParams>(new URLSearchParams(globalThis.location?.search));

/**
 * Shows another view, or the same one otherwise.
 * @param to below `/console`, such as `/sessions`
 * @param options `replace` leaves no step to go back to, as is right for what changes with each key
 */
export function go(
  to: string,
  parameters: Query | URLSearchParams = {},
  { replace = false }: { replace?: boolean } = {},
): void {
  const target = href(to, parameters);
  if (target === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
  read();
}

/** The address of a view, for a link. */
export function href(to: string, parameters: Query | URLSearchParams = {}): string {
  const search = (parameters instanceof URLSearchParams ? parameters : searchOf(parameters)).toString();
  return `${root}${to}${search === '' ? '' : `?${search}`}`;
}

/** The view and its query as one text, such as `/sessions?realm=eu`. */
export function here(): string {
  const search = query.value.toString();
  return `${path.value}${search === '' ? '' : `?${search}`}`;
}

/** Shows the view of such a text, unless it leads out of the console. */
export function goBackTo(text: string | null): void {
  const url = text?.startsWith('/') ? new URL(root + text, location.origin) : undefined;
  const isOwn = url?.origin === location.origin && url.pathname.startsWith(`${root}/`);
  if (url === undefined || !isOwn) go('/', {}, { replace: true });
  else go(url.pathname.slice(root.length), url.searchParams, { replace: true });
}

/** Follows the browser's own steps, and takes clicks on links to other views. */
export function follow(): void {
  addEventListener('popstate', read);
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || !isPlain(event) || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(`${root}/`)) return;
    if (link.hash !== '') return;
    event.preventDefault();
    go(link.pathname.slice(root.length), new URLSearchParams(link.search));
  });
}

function isPlain(event: MouseEvent): boolean {
  return (
    !event.defaultPrevented &&
    event.button === 0 &&
    !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  );
}

function read(): void {
  batch(() => {
    path.value = currentPath();
    query.value = new URLSearchParams(location.search);
  });
}

function currentPath(): string {
  const below = (globalThis.location?.pathname ?? root).slice(root.length).replace(/\/+$/, '');
  return below === '' ? '/' : below;
}

function searchOf(parameters: Query): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') search.append(name, String(one));
    }
  }
  return search;
}
