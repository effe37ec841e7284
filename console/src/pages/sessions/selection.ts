import type { Selector } from '../../api.ts';
import { selectorOf, type View } from './view.ts';

/** The most sessions that a selector names one by one. */
export const mostTicked = 1000;

/** Sessions that are ticked: some by their ids, or all that match the view but some. */
export type Selection =
  | { readonly kind: 'some'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'all'; readonly except: ReadonlySet<string> };

export const nothing: Selection = { kind: 'some', ids: new Set() };
export const everything: Selection = { kind: 'all', except: new Set() };

export function isTicked(selection: Selection, id: string): boolean {
  return selection.kind === 'all' ? !selection.except.has(id) : selection.ids.has(id);
}

export function isEmpty(selection: Selection): boolean {
  return selection.kind === 'some' && selection.ids.size === 0;
}

/** Ticks sessions or takes the ticks back; undefined when they would be more than a selector can name. */
export function ticked(selection: Selection, ids: readonly string[], on: boolean): Selection | undefined {
  const isNamed = selection.kind === 'some';
  const named = new Set(isNamed ? selection.ids : selection.except);
  for (const id of ids) {
    if (on === isNamed) named.add(id);
    else named.delete(id);
  }
  if (named.size > mostTicked) return undefined;
  return isNamed ? { kind: 'some', ids: named } : { kind: 'all', except: named };
}

/** How many sessions are ticked, when so many match the view. */
export function countOf(selection: Selection, total: number | undefined): number | undefined {
  if (selection.kind === 'some') return selection.ids.size;
  return total === undefined ? undefined : Math.max(0, total - selection.except.size);
}

/** The selector that names what is ticked. */
export function selectorOfSelection(selection: Selection, view: View): Selector {
  if (selection.kind === 'some') return { sessionIds: [...selection.ids] };
  const selector = selectorOf(view);
  return selection.except.size === 0 ? selector : { ...selector, except: [...selection.except] };
}
