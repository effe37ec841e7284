import type { Readable, Writable } from 'node:stream';
import picocolors from 'picocolors';
import { type Clock, systemClock } from '../core/clock.ts';

/** A stream that may be a terminal. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};
export type InputStream = Readable & { readonly isTTY?: boolean };

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Everything a command touches of the world around the process. */
export interface Terminal {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Colours for standard output and standard error; plain text where colour is not wanted. */
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** Whether a question can be asked: a person at the keyboard and at the screen. */
  readonly interactive: boolean;
  /** Aborted when the person presses Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** The terminal of this very process. */
export function processTerminal(interrupted: AbortSignal): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return {
    stdin,
    stdout,
    stderr,
    env,
    clock: systemClock(),
    colors: picocolors.createColors(wantsColor(stdout, env)),
    errorColors: picocolors.createColors(wantsColor(stderr, env)),
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    interrupted,
  };
}

/** Colours go to a terminal only, and not where NO_COLOR is set (https://no-color.org) or the terminal is dumb. */
export function wantsColor(stream: OutputStream, env: Terminal['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Writes text and waits while the reader is slower than we are, so that a long export stays small in memory. */
export async function write(stream: OutputStream, text: string): Promise<void> {
  if (stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      stream.off('error', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    stream.on('error', done);
  });
}
