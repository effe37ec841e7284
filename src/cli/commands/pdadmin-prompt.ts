import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { continues } from '../../core/ibm-shell/script.ts';
import { type Terminal, write } from '../terminal.ts';
import { type Asker, failureOf, type RemoteShell } from './pdadmin-shell.ts';

/**
 * A shell at a terminal: prompts, history, completion with the tabulator. It ends with `exit`, `quit` or Ctrl-D; Ctrl-C
 * throws away what was typed.
 */
export async function converse(shell: RemoteShell, terminal: Terminal, historySize = 100): Promise<void> {
  const keyboard = new Keyboard(shell, terminal, historySize);
  shell.asker = keyboard;
  await shell.learnServers();
  let typed = '';
  for (;;) {
    const line = await keyboard.line(typed === '' ? shell.prompt : '> ');
    if (line === undefined) break;
    typed = `${typed} ${continues(line) ? line.replace(/\\\s*$/, '') : line}`.trim();
    if (continues(line)) continue;
    const command = typed;
    typed = '';
    if (command === '' || command.startsWith('#')) continue;
    try {
      const before = shell.identity;
      if (!(await shell.run(command))) break;
      if (shell.identity !== before) await shell.learnServers();
    } catch (thrown) {
      await write(terminal.stdout, `${failureOf(thrown)}\n`);
    }
  }
  keyboard.close();
}

/** Lines from the keyboard, in the order in which they were typed, also those typed while a command ran. */
class Keyboard implements Asker {
  readonly #terminal: Terminal;
  readonly #readline: Interface;
  readonly #waiting: string[] = [];
  #listener: ((line: string | undefined) => void) | undefined;
  #isHidden = false;
  #isClosed = false;

  constructor(shell: RemoteShell, terminal: Terminal, historySize: number) {
    this.#terminal = terminal;
    this.#readline = createInterface({
      input: terminal.stdin,
      output: this.#echo(),
      terminal: true,
      historySize,
      completer: (typed: string) => [shell.completions(typed), typed.split(/\s+/).at(-1) ?? ''],
    });
    this.#readline.on('history', (history: string[]) => {
      // A password is not to be found again with the arrow keys.
      if (this.#isHidden || /^\s*login\b/.test(history[0] ?? '')) history.shift();
    });
    this.#readline.on('line', (line) => this.#hear(line));
    this.#readline.on('SIGINT', () => {
      this.#readline.write(null, { ctrl: true, name: 'e' });
      this.#readline.write(null, { ctrl: true, name: 'u' });
    });
    this.#readline.on('close', () => {
      this.#isClosed = true;
      this.#hear(undefined);
    });
  }

  /** The next line; undefined at the end of input. */
  async line(prompt: string): Promise<string | undefined> {
    if (!this.#isClosed) {
      this.#readline.setPrompt(prompt);
      this.#readline.prompt();
    }
    return this.#next();
  }

  async ask(question: string): Promise<string> {
    return (await this.line(question)) ?? '';
  }

  async askHidden(question: string): Promise<string> {
    await write(this.#terminal.stdout, question);
    this.#isHidden = true;
    try {
      return (await this.line('')) ?? '';
    } finally {
      this.#isHidden = false;
      await write(this.#terminal.stdout, '\n');
    }
  }

  close(): void {
    this.#readline.close();
  }

  #next(): Promise<string | undefined> {
    const line = this.#waiting.shift();
    if (line !== undefined || this.#isClosed) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#listener = resolve;
    });
  }

  #hear(line: string | undefined): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener !== undefined) listener(line);
    else if (line !== undefined) this.#waiting.push(line);
  }

  /** Standard output, but for what is typed in answer to a hidden question. */
  #echo(): Writable {
    const { stdout } = this.#terminal;
    const echo = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#isHidden) stdout.write(chunk);
        done();
      },
    });
    return Object.defineProperty(echo, 'columns', { get: () => stdout.columns ?? 80 });
  }
}
