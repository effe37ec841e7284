import type { Terminal } from './terminal.ts';

/** Tells on standard error how far a long command is: one line that changes at a terminal, now and then one elsewhere. */
export interface Progress {
  /** Notes how many are done. Cheap enough to be called for each. */
  at(done: number): void;
  /** Clears the changing line. */
  end(): void;
}

const msBetween = 200;
const plainStep = 50_000;

/** @param text the line for a number, such as `12,000 of 50,000 sessions` */
export function progressOn({ stderr, clock }: Terminal, text: (done: number) => string): Progress {
  const isTerminal = stderr.isTTY === true;
  let shownAt = 0;
  let shown = 0;
  return {
    at(done) {
      const isDue = isTerminal ? clock.now() - shownAt >= msBetween : done - shown >= plainStep;
      if (!isDue) return;
      shownAt = clock.now();
      shown = done;
      stderr.write(isTerminal ? `\r${text(done)}\x1b[K` : `${text(done)}\n`);
    },
    end() {
      if (isTerminal) stderr.write('\r\x1b[K');
    },
  };
}
