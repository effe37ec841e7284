import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import type { TransportOptions } from '../../client/transport.ts';
import { CurfewError } from '../../core/errors.ts';
import { visibleJson } from '../../core/visible.ts';
import { transportOptions } from '../connection.ts';
import { formatInstant, parseDuration } from '../durations.ts';
import { act, type Invocation, timeoutOf } from '../invocation.ts';
import { addSelectorFlags, type SelectorFlags, selectorFromFlags } from '../selector-flags.ts';
import { type Terminal, write } from '../terminal.ts';
import { FullScreen } from '../top/full-screen.ts';
import { overviewLines } from '../top/overview-lines.ts';
import { Watched } from '../top/watched.ts';

interface Flags extends SelectorFlags {
  readonly interval: string;
  readonly once?: boolean;
}

interface Parts {
  readonly client: Client;
  readonly transport: TransportOptions;
  readonly watched: Watched;
}

/** `curfew top`: what happens on a server, live, with the cut at hand. */
export function addTop(program: Command, terminal: Terminal): void {
  const command = program
    .command('top')
    .description('follow what happens: who is signed in, what comes and goes, and end sessions from there')
    .option('--once', 'look once, print it and end')
    .option('--interval <duration>', 'away from a terminal: how often a line is printed', '1s');
  addSelectorFlags(command).addHelpText(
    'after',
    `
At a terminal it takes the whole screen. Arrows choose a session, / filters by user, realm, provider, app or address, s
sorts, t ends sessions after a preview, a reason and a confirmation, q leaves. Elsewhere it prints a line each second, with
--json an object a line.

Examples:
  curfew top
  curfew top --realm shop
  curfew top --once
  curfew top --json | tee pulse.ndjson
`,
  );
  act<Flags>(command, terminal, top);
}

async function top(invocation: Invocation<Flags>): Promise<void> {
  const { flags, terminal } = invocation;
  const selector = selectorFromFlags(flags, terminal.clock.now()) ?? {};
  const everyMs = Math.max(100, parseDuration(flags.interval, '--interval'));
  const client = await invocation.client();
  const transport = transportOptions(await invocation.connection(), timeoutOf(flags), terminal.interrupted);
  const isScreen = terminal.stdout.isTTY === true && terminal.stdin.isTTY === true;
  if (isScreen && !flags.json && flags.once !== true) {
    await new FullScreen({ client, transport, terminal, selector }).run();
    return;
  }
  const limit = flags.once === true && flags.json === true ? 100 : 1;
  const watched = new Watched(
    { client, transport, wanted: { selector, order: '-createdAt', limit } },
    () => undefined,
  );
  // Whoever may not look, or asks the wrong server, is told at once.
  await watched.look();
  const parts = { client, transport, watched };
  if (flags.once === true) await printOnce(invocation, parts);
  else await printLines(invocation, parts, everyMs);
}

async function printOnce(
  { flags, terminal }: Invocation<Flags>,
  { transport, watched }: Parts,
): Promise<void> {
  const { seen } = watched;
  const { stdout, colors, clock } = terminal;
  if (flags.json) {
    const { sessions, matched, live, timeline, refusals, revocations, nodes } = seen;
    const at = new Date(clock.now()).toISOString();
    const all = { at, live, matched, sessions, timeline, refusals, revocations, nodes };
    await write(stdout, `${visibleJson(all)}\n`);
    return;
  }
  seen.connection = 'live';
  const columns = stdout.isTTY === true ? (stdout.columns ?? 80) : 120;
  const drawing = { seen, url: transport.url, now: clock.now(), columns, colors };
  const lines = overviewLines(drawing).map((line) => line.trimEnd());
  await write(stdout, `${lines.join('\n')}\n`);
}

/** A line, or an object, for each interval: how many are live, and what came and went since the one before. */
async function printLines(
  { flags, terminal }: Invocation<Flags>,
  { watched }: Parts,
  everyMs: number,
): Promise<void> {
  const { stdout, interrupted, clock } = terminal;
  const stop = new AbortController();
  const signal = AbortSignal.any([interrupted, stop.signal]);
  let failure: unknown;
  const following = watched.follow(signal).catch((error: unknown) => {
    failure = error;
    stop.abort();
  });
  while (!signal.aborted) {
    const { seen } = watched;
    const { live, matched, registered, ended, refused, connection } = seen;
    Object.assign(seen, { registered: 0, ended: 0, refused: 0 });
    const at = new Date(clock.now()).toISOString();
    const counts = { live, matched, registered, ended, refused };
    await write(
      stdout,
      flags.json ? `${visibleJson({ at, connection, ...counts })}\n` : lineOf(at, connection, counts),
    );
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
  await following;
  if (failure instanceof CurfewError && !interrupted.aborted) throw failure;
}

function lineOf(
  at: string,
  connection: string,
  counts: Readonly<Record<string, number | undefined>>,
): string {
  const facts = Object.entries(counts).map(([name, count]) => `${name}=${count ?? '-'}`);
  return `${formatInstant(at)} ${connection} ${facts.join(' ')}\n`;
}
