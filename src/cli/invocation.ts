import type { Command } from 'commander';
import { type Client, createClient } from '../client/client.ts';
import { CurfewError } from '../core/errors.ts';
import { type Connection, type ConnectionFlags, resolveConnection, transportOptions } from './connection.ts';
import { parseDuration } from './durations.ts';
import type { Terminal } from './terminal.ts';

/** The flags that every command takes. */
export interface GlobalFlags extends ConnectionFlags {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** One command under way: its flags, the world around it, and the server it speaks to. */
export interface Invocation<Flags = unknown> {
  readonly terminal: Terminal;
  readonly flags: Flags & GlobalFlags;
  /** Finds address and credentials. */
  connection(): Promise<Connection>;
  /** A client that is signed in. @throws CurfewError `unauthenticated` when there are no credentials */
  client(): Promise<Client>;
}

/** What a command does. Positional arguments follow the invocation. */
export type Action<Flags> = (invocation: Invocation<Flags>, ...args: string[]) => Promise<void>;

/** Gives a command what it does. */
export function act<Flags>(command: Command, terminal: Terminal, run: Action<Flags>): Command {
  return command.action(async (...given: unknown[]) => {
    // Commander adds the flags and the command itself after the positional arguments.
    const args = given.slice(0, -2).filter((value) => value !== undefined) as string[];
    await run(invocationOf(command.optsWithGlobals<Flags & GlobalFlags>(), terminal), ...args);
  });
}

function invocationOf<Flags>(flags: Flags & GlobalFlags, terminal: Terminal): Invocation<Flags> {
  let found: Promise<Connection> | undefined;
  const connection = () => {
    found ??= resolveConnection(flags, terminal);
    return found;
  };
  return {
    terminal,
    flags,
    connection,
    async client() {
      const resolved = await connection();
      if (resolved.credentials === undefined) throw noCredentials(resolved.url);
      return createClient(transportOptions(resolved, timeoutOf(flags), terminal.interrupted));
    },
  };
}

/** How long one request may take, in milliseconds. */
export function timeoutOf({ timeout }: GlobalFlags): number {
  const ms = timeout === undefined ? 30_000 : parseDuration(timeout, '--timeout');
  if (ms < 1 || ms > 2 ** 31 - 1)
    throw new CurfewError('invalid_input', '--timeout must lie between 1ms and 24d.');
  return ms;
}

function noCredentials(url: string): CurfewError {
  return new CurfewError(
    'unauthenticated',
    `There are no credentials for ${url}: give --login NAME or --key-file FILE, set CURFEW_USERNAME and CURFEW_PASSWORD (or CURFEW_KEY), or save a profile with: curfew profile add`,
  );
}
