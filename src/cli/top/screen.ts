import type { Terminal } from '../terminal.ts';

/** Where the next letter would go, counted from 0; the cursor is hidden where there is none. */
export interface Cursor {
  readonly row: number;
  readonly column: number;
}

const enter = '\x1b[?1049h\x1b[?25l\x1b[2J';
const leave = '\x1b[?25h\x1b[?1049l';
/** What lies between the two appears at once, where the terminal knows them; others pass them over. */
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';
const fatal = ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const exitCodes = { SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;

/**
 * The whole terminal, on its second screen, so that the first is there again afterwards: whether the program ends in
 * order, by a signal, or by an error. Only lines that have changed are written, so nothing flickers.
 */
export class Screen {
  readonly #terminal: Terminal;
  readonly #onResize: () => void;
  #shown: string[] = [];
  #isOpen = false;
  /** A slow terminal is not flooded: frames it cannot take are left out. */
  #isFull = false;

  constructor(terminal: Terminal, onResize: () => void) {
    this.#terminal = terminal;
    this.#onResize = onResize;
  }

  get rows(): number {
    return this.#terminal.stdout.rows ?? 24;
  }

  get columns(): number {
    return this.#terminal.stdout.columns ?? 80;
  }

  open(): void {
    const { stdout } = this.#terminal;
    this.#enter();
    stdout.on('resize', this.#resized);
    process.on('exit', this.#restore);
    // Before the error is printed, which would else vanish with the second screen.
    process.on('uncaughtExceptionMonitor', this.#restore);
    for (const signal of fatal) process.on(signal, this.#end);
    process.on('SIGCONT', this.#continued);
  }

  /** Gives the terminal back. */
  close(): void {
    this.#restore();
    this.#terminal.stdout.off('resize', this.#resized);
    process.off('exit', this.#restore);
    process.off('uncaughtExceptionMonitor', this.#restore);
    for (const signal of fatal) process.off(signal, this.#end);
    process.off('SIGCONT', this.#continued);
  }

  /** Stops the process as Ctrl-Z does, with the terminal given back meanwhile. */
  suspend(): void {
    this.#restore();
    process.kill(process.pid, 'SIGTSTP');
  }

  /** Shows lines, which are safe to print and not wider than the screen. */
  draw(lines: readonly string[], cursor?: Cursor): void {
    if (!this.#isOpen || this.#isFull) return;
    const { stdout } = this.#terminal;
    let frame = '';
    for (let row = 0; row < this.rows; row++) {
      const line = lines[row] ?? '';
      if (this.#shown[row] === line) continue;
      this.#shown[row] = line;
      frame += `\x1b[${row + 1};1H${line}\x1b[K`;
    }
    frame += cursor === undefined ? '\x1b[?25l' : `\x1b[${cursor.row + 1};${cursor.column + 1}H\x1b[?25h`;
    if (stdout.write(`${beginFrame}${frame}${endFrame}`)) return;
    this.#isFull = true;
    stdout.once('drain', () => {
      this.#isFull = false;
      this.#onResize();
    });
  }

  #enter(): void {
    const { stdin, stdout } = this.#terminal;
    this.#shown = [];
    this.#isOpen = true;
    stdout.write(enter);
    rawMode(stdin, true);
  }

  readonly #restore = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { stdin, stdout } = this.#terminal;
    rawMode(stdin, false);
    stdout.write(leave);
  };

  readonly #end = (signal: (typeof fatal)[number]): void => {
    this.#restore();
    process.exit(exitCodes[signal]);
  };

  readonly #continued = (): void => {
    this.#enter();
    this.#onResize();
  };

  readonly #resized = (): void => {
    if (!this.#isOpen) return;
    this.#shown = [];
    this.#terminal.stdout.write('\x1b[2J');
    this.#onResize();
  };
}

/** Has the keyboard give each key as it is pressed, unseen; or as a line again. */
function rawMode(stdin: Terminal['stdin'], isRaw: boolean): void {
  if ('setRawMode' in stdin && typeof stdin.setRawMode === 'function') stdin.setRawMode(isRaw);
}
