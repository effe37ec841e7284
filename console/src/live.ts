import { computed, effect, signal } from '@preact/signals';
import { type EventData, followEvents, type ServerEvent } from '../../src/client/events.ts';
import type { CurfewError } from './api.ts';
import { learnMe, may, me } from './me.ts';

/** What the server tells by itself, by the name of the event. */
export type LiveEvents = EventData;
export type LiveEventName = keyof LiveEvents;

/** Whether what is shown keeps itself up to date. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');
/**
 * Why there are no updates although nothing is broken: this sign-in follows the server in as many windows as it may
 * (`caller`), the server has no room (`node`), this browser keeps as many other windows up to date as it can (`browser`), or the
 * server was asked and has not answered (`silent`). Undefined else.
 */
export const noRoom = signal<'caller' | 'node' | 'browser' | 'silent' | undefined>(undefined);
/** When the next try is made, in epoch milliseconds; undefined while connected or trying. */
export const retryAt = signal<number | undefined>(undefined);

/** A browser keeps few connections to one server, so a page that nobody sees gives its own back after a while. */
const hiddenMs = 30_000;
/**
 * So many windows of a browser are kept up to date over HTTP/1.1. A browser makes six connections to one server, and a window
 * that gets none of them does not even load.
 */
const mostWindows = 4;
/** How long a window waits for its place before it says so. */
const placeMs = 1_000;
/** How long the server may take to let this page in before that is said. */
const silentMs = 5_000;

const handlers = new Map<LiveEventName, Set<(data: never) => void>>();

/** Has something happen at every event of a name. @returns what ends that */
export function onEvent<Name extends LiveEventName>(
  name: Name,
  happen: (data: LiveEvents[Name]) => void,
): () => void {
  const known = handlers.get(name) ?? new Set();
  handlers.set(name, known);
  known.add(happen);
  return () => known.delete(happen);
}

let hurry: () => void = () => {};

/** Tries again now instead of when the time has come. */
export function retryNow(): void {
  hurry();
}

// A page that was opened behind others needs nothing until it is looked at.
const isHidden = signal(globalThis.document?.visibilityState === 'hidden');
/** By which a page that begins to listen asks those that nobody sees for their connections. */
const others = globalThis.BroadcastChannel === undefined ? undefined : new BroadcastChannel('curfew-events');
const mayListen = computed(() => me.value !== undefined && may('sessions.read') && !isHidden.value);

/** Listens for as long as somebody is signed in who may know of sessions, and looks. */
export function keepLive(): void {
  let lastId: string | undefined;
  let listensAs: string | undefined;
  effect(() => {
    if (!mayListen.value) return undefined;
    // What one person has been told up to is no place for another to go on from.
    const person = `${me.peek()?.username} ${me.peek()?.realm}`;
    if (person !== listensAs) lastId = undefined;
    listensAs = person;
    const stop = new AbortController();
    others?.postMessage('listening');
    const reached = (id: string): void => {
      lastId = id;
    };
    void inPlace(stop.signal, () => listen(stop.signal, lastId, reached));
    return () => stop.abort();
  });
  addEventListener('online', () => hurry());
  others?.addEventListener('message', () => {
    if (document.visibilityState === 'hidden') isHidden.value = true;
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') isHidden.value = false;
    else timer = setTimeout(() => (isHidden.value = true), hiddenMs);
  });
}

/** Listens once this window is one of those that may, and gives its place to another at the end. */
async function inPlace(stop: AbortSignal, listenNow: () => Promise<void>): Promise<void> {
  // Known to pages that came by TLS or from this machine alone.
  const locks = (navigator as { readonly locks?: LockManager }).locks;
  if (locks === undefined || !isShort()) return listenNow();
  connection.value = 'connecting';
  const found = new AbortController();
  const signal = AbortSignal.any([stop, found.signal]);
  const patience = setTimeout(() => {
    if (signal.aborted) return;
    noRoom.value = 'browser';
    connection.value = 'lost';
  }, placeMs);
  const places = Array.from({ length: mostWindows }, (_, n) =>
    locks
      .request(`curfew-events-${n}`, { signal }, async () => {
        // Several may fall free in the same moment.
        if (signal.aborted) return;
        found.abort();
        clearTimeout(patience);
        await listenNow();
      })
      // The others are not waited for any more.
      .catch(() => undefined),
  );
  await Promise.all(places);
  clearTimeout(patience);
  // A browser that gives no places, such as to a page in a sandbox, gives connections all the same.
  if (!signal.aborted) await listenNow();
}

/** Whether connections to the server are few: over HTTP/2 and later all requests share one. */
function isShort(): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return page === undefined || page.nextHopProtocol === '' || page.nextHopProtocol.startsWith('http/1');
}

async function listen(
  stop: AbortSignal,
  lastEventId: string | undefined,
  reached: (id: string) => void,
): Promise<void> {
  const silence = setTimeout(() => {
    if (stop.aborted || connection.value !== 'connecting') return;
    noRoom.value = 'silent';
    connection.value = 'lost';
  }, silentMs);
  try {
    await followEvents({
      url: location.origin,
      headers: { 'curfew-face': 'console', 'curfew-quiet': '1' },
      fetch: (url, init) =>
        fetch(url, { ...init, signal: init.signal ?? null, cache: 'no-store', credentials: 'same-origin' }),
      signal: stop,
      lastEventId,
      pause,
      onState(state, reason) {
        if (stop.aborted) return;
        noRoom.value = fullOf(reason);
        connection.value = state;
      },
      onEvent(event) {
        if (stop.aborted) return;
        if (event.id !== undefined) reached(event.id);
        tell(event);
        if (event.type === 'bye' && event.data.reason === 'rights_changed') void learnMe();
      },
    });
  } catch {
    // The session has ended, or the right is gone: to ask who is signed in leads to where that is said.
    connection.value = 'lost';
    void learnMe();
  } finally {
    clearTimeout(silence);
  }
}

function fullOf(reason: CurfewError | undefined): 'caller' | 'node' | undefined {
  if (reason?.code !== 'rate_limited') return undefined;
  return reason.details.facts?.full === 'caller' ? 'caller' : 'node';
}

function tell({ type, data }: ServerEvent): void {
  for (const happen of handlers.get(type) ?? []) {
    // One part of the page that fails must not keep the others from what they wait for.
    try {
      happen(data as never);
    } catch (error) {
      console.error(error);
    }
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      retryAt.value = undefined;
      hurry = () => {};
      resolve();
    };
    const timer = setTimeout(done, ms);
    retryAt.value = Date.now() + ms;
    hurry = done;
    stop.addEventListener('abort', done);
  });
}
