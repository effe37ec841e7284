import { effect, signal } from '@preact/signals';
import { CurfewError, isAbort, type Outputs, open } from './api.ts';
import { readEvents } from './event-stream.ts';
import { may, me } from './me.ts';

/** What the server tells by itself, by the name of the event. */
export interface LiveEvents {
  /** The first of every connection: which node, its version, and the head of the ledger. */
  hello: { node: string; version: string; head: number; at: string };
  revocation: Outputs['revocations.get'];
  /** How far the sweep of a revocation is, and how often ended sessions were presented since. */
  sweep: { seq: number; swept: number; sweptAt: string | null; refused: number };
  pulse: { at: string; live: number; registered: number; ended: number; refused: number };
  journal: Outputs['journal.list']['entries'][number];
  nodes: Outputs['nodes.list']['nodes'];
  /** The last of a connection that the server ends. */
  bye: { reason: string };
}
export type LiveEventName = keyof LiveEvents;

/** Whether what is shown keeps itself up to date. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');
/** When the next try is made, in epoch milliseconds; undefined while connected or trying. */
export const retryAt = signal<number | undefined>(undefined);

const shortestWaitMs = 500;
const longestWaitMs = 15_000;
/** The server says something at least every 15 seconds; a silence of three times that is a lost connection. */
const longestSilenceMs = 45_000;

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

/** Listens for as long as somebody is signed in who may know of sessions. */
export function keepLive(): void {
  effect(() => {
    if (me.value === undefined || !may('sessions.read')) return undefined;
    const stop = new AbortController();
    void listen(stop.signal);
    return () => stop.abort();
  });
  addEventListener('online', () => hurry());
}

async function listen(stop: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let waitMs = shortestWaitMs;
  connection.value = 'connecting';
  while (!stop.aborted) {
    try {
      await readOnce(stop, lastId, (id) => {
        lastId = id ?? lastId;
        waitMs = shortestWaitMs;
        connection.value = 'live';
      });
    } catch (thrown) {
      if (stop.aborted || (thrown instanceof CurfewError && isFinal(thrown))) return;
      if (!(thrown instanceof CurfewError) && !isAbort(thrown)) console.error(thrown);
    }
    if (stop.aborted) return;
    connection.value = 'lost';
    await pause(waitMs * (0.5 + Math.random()), stop);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}

/** Whoever is signed out, or may not listen, need not try again. */
function isFinal({ code }: CurfewError): boolean {
  return code === 'unauthenticated' || code === 'forbidden';
}

async function readOnce(
  stop: AbortSignal,
  lastId: string | undefined,
  heard: (id: string | undefined) => void,
): Promise<void> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), longestSilenceMs);
  };
  restart();
  try {
    const headers = {
      accept: 'text/event-stream',
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    };
    const answer = await open(
      '/v1/events',
      { method: 'GET', headers },
      { quiet: true, signal: AbortSignal.any([stop, silence.signal]) },
    );
    if (answer.body === null) return;
    heard(undefined);
    for await (const event of readEvents(answer.body, restart)) {
      heard(event.id);
      tell(event.name, event.data);
    }
  } finally {
    clearTimeout(timer);
  }
}

function tell(name: string, text: string): void {
  const known = handlers.get(name as LiveEventName);
  if (known === undefined) return;
  const data = JSON.parse(text) as never;
  for (const happen of known) {
    // One part of the page that fails must not keep the others from what they wait for.
    try {
      happen(data);
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
