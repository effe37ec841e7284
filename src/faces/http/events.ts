import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Caller, realmOf } from '../../access/caller.ts';
import { holds } from '../../access/permissions.ts';
import { Standing } from '../../access/standing.ts';
import { CurfewError } from '../../core/errors.ts';
import { admit } from '../../operations/call.ts';
import { eventSchemas } from '../../operations/event-forms.ts';
import { journalEntryForm, maySeeJournalEntry } from '../../operations/journal.ts';
import { nodesForm } from '../../operations/nodes.ts';
import { followedRevocationForm } from '../../operations/revocation-form.ts';
import { maySeeRevocation } from '../../operations/revocations-read.ts';
import { instantForm } from '../../operations/session-form.ts';
import type { Closing, Fact, Position, Watcher } from '../../signals/facts.ts';
import type { Authenticate } from './authenticate.ts';
import { EventStream } from './event-stream.ts';
import type { HttpFaceOptions } from './options.ts';
import { StreamPlaces } from './stream-places.ts';

export const eventsPath = '/v1/events';
/** Proxies take a connection for idle after 30 s or more. */
const beatMs = 15_000;
const operation = { name: 'events.follow', permission: 'sessions.read' } as const;

/** `GET /v1/events`: what happens, as it happens, as server-sent events. */
export function addEvents(app: FastifyInstance, options: HttpFaceOptions, authenticate: Authenticate): void {
  const { services, feed } = options;
  const callers = new WeakMap<FastifyRequest, Caller>();
  const places = new StreamPlaces();
  options.metrics.observeStreams(() => places.counts);
  app.route({
    method: 'GET',
    url: eventsPath,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      callers.set(request, admit(operation, await authenticate(request, operation)));
    },
    handler: async (request, reply) => {
      const caller = callers.get(request) as Caller;
      const { nodes, version, clock } = services;
      const end = await feed.end();
      const from = startOf(request, end);
      // Whoever has gone meanwhile would never be heard leaving, and keep the place.
      if (reply.raw.destroyed) return reply.hijack();
      const leavePlace = places.take(caller);
      reply.hijack();
      const stream = new EventStream(reply.raw);
      const { permission } = operation;
      const standing = new Standing(caller, { ...services, permission });
      const watcher = watcherOf({ caller, stream, standing, form: (fact) => dataOf(fact, clock.now()) });
      const beat = setInterval(() => stream.beat(), beatMs).unref();
      stream.onEnd(() => {
        clearInterval(beat);
        leavePlace();
        feed.leave(watcher);
      });
      const hello = { node: nodes.name, version, head: end.seq, at: instantForm(clock.now()) };
      stream.send('hello', JSON.stringify(hello), idOf(from));
      await feed.join(watcher, from).catch(() => watcher.close('store_unavailable'));
      // It may have gone while it was taken in.
      if (!stream.isOpen) feed.leave(watcher);
    },
  });
}

interface WatcherParts {
  readonly caller: Caller;
  readonly stream: EventStream;
  readonly standing: Standing;
  readonly form: (fact: Fact) => string;
}

function watcherOf({ caller, stream, standing, form }: WatcherParts): Watcher {
  return {
    realm: realmOf(caller),
    tell(fact) {
      if (!mayHear(caller, fact)) return;
      stream.send(fact.type, form(fact), 'position' in fact ? idOf(fact.position) : undefined);
    },
    ready: () => stream.ready(),
    closing: () => standing.lapse(),
    close: (reason: Closing) => stream.end('bye', JSON.stringify({ reason })),
  };
}

/** What each fact asks of whoever hears it; the pulse is of the caller's own realm already. */
function mayHear(caller: Caller, fact: Fact): boolean {
  switch (fact.type) {
    case 'revocation':
    case 'sweep':
      return holds(caller, 'ledger.read') && maySeeRevocation(caller, fact.entry);
    case 'journal':
      return holds(caller, 'journal.read') && maySeeJournalEntry(caller, fact.entry);
    case 'nodes':
      return holds(caller, 'ledger.read');
    case 'pulse':
      return true;
  }
}

const written = new WeakMap<Fact, string>();

/** The data of an event, held to its schema; written once however many are told of it. */
function dataOf(fact: Fact, now: number): string {
  const known = written.get(fact);
  if (known !== undefined) return known;
  const data = JSON.stringify(eventSchemas[fact.type].parse(formOf(fact, now)));
  written.set(fact, data);
  return data;
}

function formOf(fact: Fact, now: number): unknown {
  switch (fact.type) {
    case 'revocation':
      // What comes of it is told as it comes.
      return followedRevocationForm(fact.entry, 0);
    case 'sweep': {
      const { seq, swept, sweptAt } = fact.entry;
      return { seq, swept, sweptAt: sweptAt === null ? null : instantForm(sweptAt), refused: fact.refused };
    }
    case 'journal':
      return journalEntryForm(fact.entry);
    case 'nodes':
      return nodesForm(fact, now);
    case 'pulse': {
      const { at, live, registered, ended, refused } = fact;
      return { at: instantForm(at), live, registered, ended, refused };
    }
  }
}

/**
 * Where a reader goes on: behind the last event that it has got, or at the end. A place that lies beyond the end is none of
 * this store as it is now, such as after a backup was restored.
 * @throws CurfewError `invalid_input`
 */
function startOf({ raw }: FastifyRequest, end: Position): Position {
  if (raw.url?.includes('?') === true) throw invalid('query', 'takes no parameters');
  const id = raw.headers['last-event-id'];
  if (id === undefined || id === '') return end;
  const [, seq, journal] = /^(\d{1,15})\.(\d{1,15})$/.exec(String(id)) ?? [];
  if (seq === undefined || journal === undefined) {
    throw invalid('Last-Event-ID', 'is not the id of an event; send that of the last one as it came');
  }
  return { seq: Math.min(Number(seq), end.seq), journal: Math.min(Number(journal), end.journal) };
}

function idOf({ seq, journal }: Position): string {
  return `${seq}.${journal}`;
}

function invalid(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${path}: ${message}`, { faults: [{ path, message }] });
}
