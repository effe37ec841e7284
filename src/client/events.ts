import { CurfewError } from '../core/errors.ts';
import type { EventData, EventType } from '../operations/event-forms.ts';
import { EventParser, type RawEvent } from './event-parser.ts';
import { errorOfAnswer, errorOfFetch } from './failures.ts';
import { authorization, baseOf, type Fetch, type FetchResponse, type TransportOptions } from './transport.ts';

export type { EventData, EventType } from '../operations/event-forms.ts';

/** An event of `GET /v1/events`, with the place from which to go on behind it. */
export type ServerEvent = {
  readonly [Type in EventType]: {
    readonly type: Type;
    readonly data: EventData[Type];
    readonly id: string | undefined;
  };
}[EventType];

/** How the connection stands: being made for the first time, there, or lost and being made anew. */
export type ConnectionState = 'connecting' | 'live' | 'lost';

export interface FollowOptions extends Omit<TransportOptions, 'timeoutMs'> {
  /** Tells what happens. What happened while the connection was lost is told once it is there again. */
  readonly onEvent: (event: ServerEvent) => void;
  /** Told when the state changes; with the reason when it was lost. */
  readonly onState?: (state: ConnectionState, reason?: CurfewError) => void;
  /** The id of the last event that is known, to be told first what has happened since. */
  readonly lastEventId?: string | undefined;
  /** Waits between two attempts; for tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The pause before the first new attempt, and the longest; each is twice the one before, and drawn by lot around that. */
const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** The server says something every 15 s. */
const silenceMs = 35_000;
/** What no further attempt would change. */
const final = new Set(['unauthenticated', 'forbidden', 'invalid_input', 'not_found', 'locked_out']);

/**
 * Follows what happens on a server, on whichever node. It connects anew by itself, goes on where it was, and ends when the
 * signal is aborted.
 * @throws CurfewError `unauthenticated` when the caller's session has ended, `forbidden` when the right is gone, and
 * `invalid_input`
 */
export async function followEvents(options: FollowOptions): Promise<void> {
  const { onEvent, onState = () => {}, pause = wait } = options;
  const signal = options.signal ?? new AbortController().signal;
  let lastEventId = options.lastEventId;
  let failures = 0;
  onState('connecting');
  while (!signal.aborted) {
    let reason: CurfewError;
    try {
      reason = await readStream({ ...options, lastEventId, signal }, (event) => {
        if (event.type === 'hello') {
          failures = 0;
          onState('live');
        }
        lastEventId = event.id ?? lastEventId;
        onEvent(event);
      });
    } catch (error) {
      if (signal.aborted) return;
      reason = error instanceof CurfewError ? error : new CurfewError('unreachable', String(error));
    }
    if (signal.aborted) return;
    if (final.has(reason.code)) throw reason;
    onState('lost', reason);
    // Where there is no room for another stream, to ask again soon only keeps the server busy.
    const isFull = reason.code === 'rate_limited';
    const meant = isFull ? longestPauseMs : Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
    failures += 1;
    const told = (reason.details.retryAfterSeconds ?? 0) * 1000;
    await pause(Math.max(told, meant * (0.5 + Math.random())), signal).catch(() => undefined);
  }
}

/** Reads one stream to its end. @returns why it ended */
async function readStream(
  options: FollowOptions & { readonly signal: AbortSignal },
  onEvent: (event: ServerEvent) => void,
): Promise<CurfewError> {
  const base = baseOf(options.url);
  const { fetch = globalThis.fetch as Fetch, lastEventId } = options;
  const stop = new AbortController();
  const silence = new Alarm(silenceMs, () => stop.abort());
  const signal = AbortSignal.any([stop.signal, options.signal]);
  try {
    const path = '/v1/events';
    const answer = await fetch(`${base.href}${path}`, {
      method: 'GET',
      headers: {
        accept: 'text/event-stream',
        ...options.headers,
        ...authorization(options.credentials),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      redirect: 'manual',
      signal,
    });
    if (!answer.ok) return refusal(answer, `GET ${base.href}${path}`, await answer.text());
    if (!answer.body || !/^text\/event-stream/.test(answer.headers.get('content-type') ?? '')) {
      return new CurfewError(
        'unreachable',
        `${base.href}${path} answers something other than events; check what stands between.`,
      );
    }
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new CurfewError('unreachable', `${base.origin} ended the stream of events.`);
      silence.reset();
      for (const raw of parser.take(decoder.decode(value, { stream: true }))) {
        const event = eventOf(raw);
        if (event === undefined) continue;
        onEvent(event);
        if (event.type === 'bye') return farewell(event.data.reason);
      }
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (stop.signal.aborted) {
      return new CurfewError(
        'unreachable',
        `${base.origin} has said nothing for ${silenceMs / 1000} seconds.`,
      );
    }
    throw error instanceof CurfewError ? error : errorOfFetch(error, base.origin, silenceMs);
  } finally {
    silence.stop();
    stop.abort();
  }
}

function refusal(answer: FetchResponse, where: string, text: string): CurfewError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = text;
  }
  return errorOfAnswer(answer.status, body, where, answer.headers.get('retry-after'));
}

/** An event of a type that is known here; a newer server may have more. */
function eventOf({ type, data, id }: RawEvent): ServerEvent | undefined {
  if (!(known as readonly string[]).includes(type)) return undefined;
  return { type, data: JSON.parse(data) as unknown, id } as ServerEvent;
}

const known: readonly EventType[] = ['hello', 'revocation', 'sweep', 'pulse', 'journal', 'nodes', 'bye'];

function farewell(reason: EventData['bye']['reason']): CurfewError {
  switch (reason) {
    case 'session_ended':
      return new CurfewError('unauthenticated', 'Your session has ended; sign in again.');
    case 'rights_changed':
      return new CurfewError('unreachable', 'Your rights have changed; connecting anew.');
    case 'stopping':
      return new CurfewError('unreachable', 'The server stops; connecting anew.');
    case 'store_unavailable':
      return new CurfewError('store_unavailable', 'The server cannot read its store; trying again.');
  }
}

/** Goes off when it was not reset for so long. */
class Alarm {
  readonly #ms: number;
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, ring: () => void) {
    this.#ms = ms;
    this.#ring = ring;
    this.reset();
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ring, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', settle);
      resolve();
    };
    const timer = setTimeout(settle, ms);
    signal.addEventListener('abort', settle);
  });
}
