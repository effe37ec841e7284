import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * What a key does. The names are those of `KeyboardEvent.key`, such as `/`, `x`, `ArrowDown` or `?`. One that gives
 * `false` has done nothing, and leaves the key to the others.
 */
export type KeyBindings = Readonly<Record<string, (event: KeyboardEvent) => unknown>>;

export interface KeyScope {
  /** Where the keys work, as the help calls it. */
  readonly scope: string;
  /** What each key does, for the help; a key without an entry is not listed. */
  readonly help: Readonly<Record<string, string>>;
  /** Whether they work while a dialog is open; the others then rest. */
  readonly inDialog?: boolean;
  /** Whether these come before all others. */
  readonly isFirst?: boolean;
}

interface Bound extends KeyScope {
  readonly keys: KeyBindings;
}

/** Every key that is bound now, for the help. The last one bound comes first where two want the same key. */
export const boundKeys = signal<readonly Bound[]>([]);

const storedAs = 'curfew.keys';

/** Whether keys without Ctrl or Alt do anything; people who speak to their machine switch them off. WCAG 2.2, 2.1.4. */
export const keysOn = signal(readStored() !== 'off');

export function switchKeys(on: boolean): void {
  keysOn.value = on;
  try {
    localStorage.setItem(storedAs, on ? 'on' : 'off');
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

/** Binds keys. Nothing fires while somebody types in a field. @returns what unbinds them */
export function bindKeys(keys: KeyBindings, scope: KeyScope): () => void {
  const bound: Bound = { ...scope, keys };
  boundKeys.value = [...boundKeys.value, bound];
  return () => {
    boundKeys.value = boundKeys.value.filter((one) => one !== bound);
  };
}

/** Binds keys for as long as a component is shown; they do what the last rendering says. */
export function useKeys(keys: KeyBindings, scope: KeyScope): void {
  const newest = useRef(keys);
  newest.current = keys;
  const names = Object.keys(keys).join(' ');
  // What the keys do is read when they are pressed.
  useLayoutEffect(() => {
    const wrapped = Object.keys(newest.current).map((name) => [
      name,
      (event: KeyboardEvent) => newest.current[name]?.(event),
    ]);
    return bindKeys(Object.fromEntries(wrapped), scope);
  }, [names, scope.scope]);
}

function onKey(event: KeyboardEvent): void {
  if (!keysOn.peek() || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const isInDialog = document.querySelector('dialog[open]') !== null;
  const inOrder = boundKeys.peek().toReversed();
  for (const { keys, inDialog = false } of [
    ...inOrder.filter(({ isFirst }) => isFirst),
    ...inOrder.filter(({ isFirst }) => !isFirst),
  ]) {
    if (isInDialog && !inDialog) continue;
    const act = keys[event.key];
    if (act === undefined || act(event) === false) continue;
    event.preventDefault();
    return;
  }
}

globalThis.document?.addEventListener('keydown', onKey);

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  ) {
    return true;
  }
  return (
    target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit|range|color)$/.test(target.type)
  );
}

function readStored(): string | null {
  try {
    return globalThis.localStorage?.getItem(storedAs) ?? null;
  } catch {
    return null;
  }
}
