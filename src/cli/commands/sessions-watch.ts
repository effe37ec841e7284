import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { CurfewError } from '../../core/errors.ts';
import { visible, visibleJson } from '../../core/visible.ts';
import { formatInstant, parseDuration } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { say } from '../output.ts';
import { addSelectorFlags, type SelectorFlags, selectorFromFlags, wholeNumber } from '../selector-flags.ts';
import { sessionColumns, stateOf } from '../session-columns.ts';
import { renderTable } from '../table.ts';
import { type Terminal, write } from '../terminal.ts';
import { follower, type Look, nextPause, type SessionEvent } from '../watch.ts';

interface Flags extends SelectorFlags {
  readonly interval: string;
  readonly limit: string;
}

const mostWatched = 1000;
const shownEvents = 5;

/** `curfew sessions watch`: a table that follows the live sessions, or a line for each that starts or ends. */
export function addSessionsWatch(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('watch')
    .description('follow sessions as they start and end; Ctrl-C stops')
    .option('--interval <duration>', 'how often to look; less often while nothing changes', '2s')
    .option(
      '--limit <number>',
      `follow this many of the newest, at most ${mostWatched}`,
      String(mostWatched),
    );
  addSelectorFlags(command).addHelpText(
    'after',
    `
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
  const look = follower(await invocation.client(), selector, window);
  const screen = terminal.stdout.isTTY === true && !flags.json ? liveTable(terminal) : lines(invocation);
  await screen.open();
  try {
    let wait = least;
    for (let isFirst = true; !terminal.interrupted.aborted; isFirst = false) {
      const seen = await lookOrReport(look, isFirst, screen);
      if (seen !== undefined) await screen.show(seen, isFirst);
      wait = nextPause(wait, least, seen === undefined || seen.events.length === 0);
      await pause(wait, undefined, { signal: terminal.interrupted }).catch(() => undefined);
    }
  } catch (error) {
    // Ctrl-C is how a watch ends, also in the middle of a request.
    if (!terminal.interrupted.aborted) throw error;
  } finally {
    await screen.close();
  }
}

/** A server that is away for a while is waited for, unless it was never there. */
async function lookOrReport(
  look: () => Promise<Look>,
  isFirst: boolean,
  screen: Screen,
): Promise<Look | undefined> {
  try {
    return await look();
  } catch (error) {
    const passes =
      error instanceof CurfewError &&
      ['unreachable', 'rate_limited', 'store_unavailable'].includes(error.code);
    if (isFirst || !passes) throw error;
    await screen.trouble(error.message);
    return undefined;
  }
}

interface Screen {
  open(): Promise<void>;
  show(look: Look, isFirst: boolean): Promise<void>;
  trouble(message: string): Promise<void>;
  close(): Promise<void>;
}

/** One line for each change, for logs and pipes. */
function lines({ flags, terminal }: Invocation): Screen {
  return {
    open: async () => undefined,
    async show({ events, count, sessions }, isFirst) {
      if (isFirst)
        await say(terminal, `Following ${sessions.length} of ${count} live sessions; Ctrl-C stops.`);
      for (const event of events)
        await write(terminal.stdout, `${flags.json ? visibleJson(event) : lineOf(event)}\n`);
    },
    trouble: (message) => say(terminal, `${visible(message)} Trying again.`),
    close: async () => undefined,
  };
}

/** A table that is drawn again and again on the terminal's second screen, so that the first stays as it was. */
function liveTable(terminal: Terminal): Screen {
  const { stdout, colors, clock } = terminal;
  let latest: readonly SessionEvent[] = [];
  const columns = sessionColumns(terminal, false);
  return {
    open: () => write(stdout, '\x1b[?1049h\x1b[?25l'),
    async show({ sessions, count, events }) {
      latest = [...latest, ...events].slice(-shownEvents);
      const room = Math.max(1, (stdout.rows ?? 24) - latest.length - 5);
      const shown = sessions.slice(0, room);
      const table = shown.length === 0 ? 'No session matches.\n' : renderTable(shown, columns, terminal);
      const head = `${colors.bold(`${count} live`)}, the newest ${shown.length} shown, ${formatInstant(clock.now())}, Ctrl-C stops\n\n`;
      const tail = latest.map((event) => `${cut(lineOf(event), stdout.columns ?? 80)}\n`).join('');
      const text = `${head}${table}\n${tail}`.replaceAll('\n', '\x1b[K\n');
      await write(stdout, `\x1b[H${text}\x1b[J`);
    },
    trouble: (message) =>
      write(stdout, `\x1b[H${colors.yellow(cut(visible(message), stdout.columns ?? 80))}\x1b[K`),
    close: () => write(stdout, '\x1b[?25h\x1b[?1049l'),
  };
}

function lineOf({ event, session }: SessionEvent): string {
  const { id, realm, username, provider, client, createdAt } = session;
  const who = `${id} ${realm} ${username} ${provider.type}/${provider.name} ${client.ip ?? '-'}`;
  const what = event === 'started' ? `started at ${formatInstant(createdAt)}` : stateOf(session);
  return visible(`${event === 'started' ? '+' : '-'} ${who} ${what}`);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
