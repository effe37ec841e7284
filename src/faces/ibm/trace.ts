import { CurfewError } from '../../core/errors.ts';
import type { LogLevel } from '../../core/log.ts';
import { getLogLevel, setLogLevel } from '../../operations/log-level.ts';
import type { Calls } from './calls.ts';

/**
 * Trace levels are numbers from 0 to 9, log levels are words. 0 still logs errors, for IBM's trace is apart from its
 * message log, which never falls silent.
 */
const levels: readonly LogLevel[] = [
  'error',
  'warn',
  'warn',
  'info',
  'info',
  'debug',
  'debug',
  'debug',
  'debug',
  'debug',
];

/** How much is logged, as a number. */
export class Trace {
  #last: number | undefined;

  /** The number by which the level was set, while it holds; else the lowest that sets it. */
  async get(calls: Calls): Promise<number> {
    const { level } = await calls.run(getLogLevel, {});
    if (this.#last !== undefined && levels[this.#last] === level) return this.#last;
    return Math.max(0, levels.indexOf(level));
  }

  /** Sets the level of a number from 0 to 9. */
  async set(calls: Calls, number: number): Promise<void> {
    await calls.run(setLogLevel, { level: levels[number] });
    this.#last = number;
  }
}

/** @throws CurfewError `invalid_input` */
export function readTraceLevel(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new CurfewError('invalid_input', 'A trace level is a number from 0 (errors only) to 9 (everything).');
}

/** What a trace level means here. */
export function traceText(number: number): string {
  return `Trace level: ${number} (log level ${levels[number]})`;
}
