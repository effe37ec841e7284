import type { Command } from 'commander';
import { CurfewError } from '../../core/errors.ts';
import { visible, visibleJson } from '../../core/visible.ts';
import { transportOptions } from '../connection.ts';
import { formatInstant, parseDuration } from '../durations.ts';
import { act, type Invocation, timeoutOf } from '../invocation.ts';
import { say } from '../output.ts';
import { addSelectorFlags, type SelectorFlags, selectorFromFlags, wholeNumber } from '../selector-flags.ts';
import { sessionColumns, stateOf } from '../session-columns.ts';
import { renderTable } from '../table.ts';
import { type Terminal, write } from '../terminal.ts';
import { follower, followsAccess, type Look, type SessionEvent } from '../watch.ts';
import { type RevocationEvent, Rounds, type Way } from '../watch-rounds.ts';

interface Flags extends SelectorFlags {
  readonly interval: string;
  readonly limit: string;
}

const mostWatched = 1000;
const shownEvents = 5;

/** `curfew sessions watch`: a table that follows the live sessions, or a line for each that starts or ends and each revocation. */
export function addSessionsWatch(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('watch')
    .description('follow sessions as they start and end; Ctrl-C stops')
    .option(
      '--interval <duration>',
      'how often to look where the server does not tell what happens; less often while nothing changes',
      '2s',
    )
    .option(
      '--limit <number>',
      `follow this many of the newest, at most ${mostWatched}`,
      String(mostWatched),
    );
  addSelectorFlags(command).addHelpText(
    'after',
    `
The server tells when something has changed, and the list is asked for then, at most once a second. While the connection is
lost, standard error says so; what happened meanwhile is told once it is back. Away from a terminal each change is a line: +
for a session that started, - for one that ended or was removed; with --json an object, {"event": "started", "session":
{...}}, where event is started, ended or removed. Every revocation that you may see is a line of its own, !, also when none of
the sessions followed ended by it: {"event": "revocation", "seq": 7, "matched": 86, "by": {...}, "reason": "...", "at": "..."}.
More live sessions than --limit says are followed from the newest; name fewer, such as with --realm, to follow them all.

Examples:
  curfew sessions watch --realm shop
  curfew sessions watch --provider-type saml --json | tee events.ndjson
`,
  );
  act<Flags>(command, terminal, watch);
}

async function watch(invocation: Invocation<Flags>): Promise<void> {
  const { flags, terminal } = invocation;
  const selector = selectorFromFlags(flags, terminal.clock.now()) ?? {};
  const least = Math.max(100, parseDuration(flags.interval, '--interval'));
  const window = Math.min(wholeNumber(flags.limit, '--limit', 1) ?? mostWatched, mostWatched);
  const client = await invocation.client();
  const transport = transportOptions(await invocation.connection(), timeoutOf(flags), terminal.interrupted);
  const follow = follower(client, selector, window);
  const screen = terminal.stdout.isTTY === true && !flags.json ? liveTable(terminal) : lines(invocation);
  const looker = new Looker(follow, screen);
  const rounds = new Rounds({
    transport,
    signal: terminal.interrupted,
    look: () => looker.look(),
    everyMs: least,
    isTimed: followsAccess(selector),
    onRevocation: (revocation) => screen.tell(revocation),
    onWay: (way, reason) => looker.learnWay(way, wayText(way, flags.interval, reason)),
  });
  await screen.open();
  try {
    await rounds.run();
  } catch (error) {
    // Ctrl-C is how a watch ends, also in the middle of a request.
    if (!terminal.interrupted.aborted) throw error;
  } finally {
    await screen.close();
  }
}

function wayText(way: Way, interval: string, reason: CurfewError | undefined): string {
  const why = reason?.message ?? '';
  switch (way) {
    case 'told':
      return 'Connected again.';
    case 'lost':
      return reason?.code === 'rate_limited'
        ? `${why} Until there is room the list is asked for every ${interval}.`
        : `Connection lost. ${why} Trying again.`;
    case 'timed':
      return reason?.code === 'not_found'
        ? `This server does not tell what happens by itself; looking every ${interval}.`
        : `${why} Looking every ${interval} instead.`;
  }
}

/** Looks and shows what was seen. A server that is away for a while is waited for, unless it was never there. */
class Looker {
  readonly #follow: () => Promise<Look>;
  readonly #screen: Screen;
  #isFirst = true;
  /** Whether it was said that something is wrong, which is said once until it is well again. */
  #isTroubled = false;

  constructor(follow: () => Promise<Look>, screen: Screen) {
    this.#follow = follow;
    this.#screen = screen;
  }

  async look(): Promise<'changed' | 'quiet' | 'failed'> {
    let seen: Look;
    try {
      seen = await this.#follow();
    } catch (error) {
      const passes =
        error instanceof CurfewError &&
        ['unreachable', 'rate_limited', 'store_unavailable'].includes(error.code);
      if (this.#isFirst || !passes) throw error;
      if (!this.#isTroubled) await this.#screen.trouble(`${error.message} Trying again.`);
      this.#isTroubled = true;
      return 'failed';
    }
    await this.#screen.show(seen, this.#isFirst);
    this.#isFirst = false;
    this.#isTroubled = false;
    return seen.events.length > 0 ? 'changed' : 'quiet';
  }

  async learnWay(way: Way, text: string): Promise<void> {
    this.#isTroubled = way === 'lost';
    await this.#screen.trouble(text);
  }
}

interface Screen {
  open(): Promise<void>;
  show(look: Look, isFirst: boolean): Promise<void>;
  tell(revocation: RevocationEvent): Promise<void>;
  trouble(message: string): Promise<void>;
  close(): Promise<void>;
}

/** One line for each change, for logs and pipes. */
function lines({ flags, terminal }: Invocation): Screen {
  return {
    open: async () => undefined,
    async show({ events, count, sessions }, isFirst) {
      if (isFirst) {
        await say(terminal, `Following ${sessions.length} of ${count} live sessions; Ctrl-C stops.`);
        if (sessions.length < count) await say(terminal, narrowing(sessions.length));
      }
      for (const event of events)
        await write(terminal.stdout, `${flags.json ? visibleJson(event) : lineOf(event)}\n`);
    },
    async tell(revocation) {
      const { seq, matched, by, reason, at } = revocation;
      const told = { event: 'revocation', seq, matched, by, reason, at };
      await write(terminal.stdout, `${flags.json ? visibleJson(told) : revocationLine(revocation)}\n`);
    },
    trouble: (message) => say(terminal, visible(message)),
    close: async () => undefined,
  };
}

/** A table that is drawn again and again on the terminal's second screen, so that the first stays as it was. */
function liveTable(terminal: Terminal): Screen {
  const { stdout, colors, clock } = terminal;
  let latest: readonly string[] = [];
  const columns = sessionColumns(terminal, false);
  return {
    open: () => write(stdout, '\x1b[?1049h\x1b[?25l'),
    async show({ sessions, count, events }) {
      latest = [...latest, ...events.map(lineOf)].slice(-shownEvents);
      const room = Math.max(1, (stdout.rows ?? 24) - latest.length - 5);
      const shown = sessions.slice(0, room);
      const table = shown.length === 0 ? 'No session matches.\n' : renderTable(shown, columns, terminal);
      const head = `${colors.bold(`${count} live`)}, the newest ${shown.length} shown, ${formatInstant(clock.now())}, Ctrl-C stops\n\n`;
      const tail = latest.map((line) => `${cut(line, stdout.columns ?? 80)}\n`).join('');
      const text = `${head}${table}\n${tail}`.replaceAll('\n', '\x1b[K\n');
      await write(stdout, `\x1b[H${text}\x1b[J`);
    },
    // It is drawn with the next look, which it brings about.
    async tell(revocation) {
      latest = [...latest, revocationLine(revocation)].slice(-shownEvents);
    },
    trouble: (message) =>
      write(stdout, `\x1b[H${colors.yellow(cut(visible(message), stdout.columns ?? 80))}\x1b[K`),
    close: () => write(stdout, '\x1b[?25h\x1b[?1049l'),
  };
}

function lineOf({ event, session }: SessionEvent): string {
  const { id, realm, username, provider, client, createdAt } = session;
  const who = `${id} ${realm} ${username} ${provider.type}/${provider.name} ${client.ip ?? '-'}`;
  const what = {
    started: `started at ${formatInstant(createdAt)}`,
    ended: stateOf(session),
    removed: 'removed, and not kept any more',
  }[event];
  return visible(`${event === 'started' ? '+' : '-'} ${who} ${what}`);
}

function revocationLine({ seq, matched, by, reason, at }: RevocationEvent): string {
  const what = `${matched} ${matched === 1 ? 'session' : 'sessions'}`;
  return visible(
    `! revocation ${seq} ended ${what} at ${formatInstant(Date.parse(at))}, by ${by.name}: ${reason}`,
  );
}

function narrowing(followed: number): string {
  return `These are the newest ${followed}. To follow others name fewer, such as with --realm, --username, --provider-name, --ip or --created-to; every revocation is told, whatever it ends.`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
