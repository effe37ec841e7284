import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import { eachSession, type SessionItem } from '../../client/lists.ts';
import type { Inputs } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { parseInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject, say } from '../output.ts';
import { addSelectorFlags, type SelectorFlags, selectorFromFlags, wholeNumber } from '../selector-flags.ts';
import { sessionColumns } from '../session-columns.ts';
import type { Terminal } from '../terminal.ts';

/** The flags of every command that lists sessions. */
export interface ListFlags extends SelectorFlags {
  readonly state?: 'live' | 'ended' | 'any';
  readonly asOf?: string;
  readonly revocation?: string;
}

interface Flags extends ListFlags {
  readonly limit?: string;
  readonly count?: boolean;
}

const states = ['live', 'ended', 'any'];
const pageSize = 1000;
/** As many rows as people read; programs get all. */
const tableRows = 100;

/** `curfew sessions list`: the sessions that conditions name. */
export function addSessionsList(parent: Command, terminal: Terminal): void {
  const command = parent.command('list').description('list sessions, the newest first');
  addListFlags(command)
    .option(
      '--limit <number>',
      `the most sessions to print, or all (default: ${tableRows} in a table, all with --json)`,
    )
    .option('--count', 'print only how many there are, exactly')
    .addHelpText(
      'after',
      `
Examples:
  curfew sessions list --username ann
  curfew sessions list --provider-type saml --created-from "1h ago"
  curfew sessions list --ip 192.0.2.0/24 --state any --as-of 2031-05-01T10:00:00Z
  curfew sessions list --realm shop --count
  curfew sessions list --json --limit all > sessions.ndjson
`,
    );
  act<Flags>(command, terminal, listSessions);
}

/** Adds what narrows a list beside the selector. */
export function addListFlags(command: Command): Command {
  return addSelectorFlags(command)
    .addOption(new Option('--state <state>', 'live ones, ended ones, or any (default: live)').choices(states))
    .option('--as-of <when>', 'as it was at this instant in the past, or "15m ago"')
    .option('--revocation <number>', 'only those that this revocation ended');
}

/** The query that the flags of a list mean. */
export function queryFromFlags(flags: ListFlags, now: number): Inputs['sessions.list'] {
  const selector = selectorFromFlags(flags, now);
  const revocation = wholeNumber(flags.revocation, '--revocation', 1);
  return {
    ...selector,
    ...(flags.state === undefined ? {} : { state: flags.state }),
    ...(flags.asOf === undefined ? {} : { asOf: parseInstant(flags.asOf, now, '--as-of') }),
    ...(revocation === undefined ? {} : { revocation }),
  };
}

async function listSessions(invocation: Invocation<Flags>): Promise<void> {
  const { flags, terminal } = invocation;
  const query = queryFromFlags(flags, terminal.clock.now());
  const limit = limitOf(flags);
  const client = await invocation.client();
  if (flags.count) {
    const { count = 0 } = await client.sessions.list({ ...query, count: 'exact', limit: 1 });
    return printObject(invocation, { count }, () => `${count}\n`);
  }
  const withEnd = query.state === 'ended' || query.state === 'any' || query.revocation !== undefined;
  const rest = { cut: false };
  const rows = firstOf(client, query, limit, rest);
  await printList(invocation, rows, sessionColumns(terminal, withEnd), 'No session matches.');
  if (rest.cut)
    await say(
      terminal,
      `There are more than these ${limit}; see them with --limit all, or their number with --count.`,
    );
}

/** As many as are asked for, and whether there were more. */
async function* firstOf(
  client: Client,
  query: Inputs['sessions.list'],
  limit: number,
  rest: { cut: boolean },
): AsyncGenerator<SessionItem> {
  let count = 0;
  for await (const session of eachSession(client, { ...query, limit: Math.min(limit + 1, pageSize) })) {
    if (count === limit) {
      rest.cut = true;
      return;
    }
    count++;
    yield session;
  }
}

function limitOf({ limit, json }: { limit?: string; json?: boolean }): number {
  if (limit === undefined) return json ? Number.POSITIVE_INFINITY : tableRows;
  if (limit === 'all') return Number.POSITIVE_INFINITY;
  const number = wholeNumber(limit, '--limit', 1);
  if (number === undefined) throw new CurfewError('invalid_input', '--limit needs a number or all.');
  return number;
}
