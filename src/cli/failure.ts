import { CommanderError } from 'commander';
import { CurfewError, errorTable } from '../core/errors.ts';
import { visibleLines } from '../core/visible.ts';
import { Declined } from './ask.ts';
import { type Terminal, write } from './terminal.ts';

/** Thrown to end with an exit code when everything has been said already. */
export class ExitWith extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** What a shell expects of a program that Ctrl-C ended: 128 and the number of the signal. */
const interruptedExit = 130;

/**
 * Tells the person what went wrong, on standard error, and gives the exit code. A stack is shown with --debug only.
 * @param thrown whatever a command threw
 */
export async function report(thrown: unknown, terminal: Terminal, debug: boolean): Promise<number> {
  if (thrown instanceof ExitWith) return thrown.exitCode;
  // Commander has written its own sentence already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : errorTable.invalid_input.exit;
  if (terminal.interrupted.aborted) return interruptedExit;
  if (thrown instanceof Declined) {
    await write(terminal.stderr, `${thrown.message}\n`);
    return 1;
  }
  const error = thrown instanceof CurfewError ? thrown : unexpected(thrown);
  await write(terminal.stderr, textOf(error, terminal));
  if (debug) await write(terminal.stderr, `${visibleLines(stackOf(thrown))}\n`);
  return errorTable[error.code].exit;
}

function textOf({ message, details }: CurfewError, { errorColors }: Terminal): string {
  const lines = [`${errorColors.red('error:')} ${visibleLines(message)}`];
  for (const { path, message: fault } of details.faults ?? []) {
    if (!message.includes(fault)) lines.push(`  ${visibleLines(path)}: ${visibleLines(fault)}`);
  }
  if (details.retryAfterSeconds !== undefined)
    lines.push(`  Try again in ${details.retryAfterSeconds} seconds.`);
  return `${lines.join('\n')}\n`;
}

function unexpected(thrown: unknown): CurfewError {
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new CurfewError('internal', `Unexpected: ${what}. Run it again with --debug to see where.`);
}

function stackOf(thrown: unknown): string {
  const parts: string[] = [];
  for (let error = thrown; error instanceof Error && parts.length < 5; error = error.cause)
    parts.push(error.stack ?? error.message);
  return parts.join('\ncaused by ');
}
