import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Why nothing can be run at a terminal here, or false. */
export const skipWithoutTerminal: string | false =
  spawnSync('python3', ['-c', 'import pty']).status === 0
    ? false
    : 'no python3 here to make a pseudo-terminal';

/** Runs a command at a terminal: passes on what it shows, and takes orders on standard input, a JSON object a line. */
const bridge = `
import fcntl, json, os, pty, select, signal, struct, sys, termios
args, rows, columns = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(args[0], args)
def resize(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
resize(rows, columns)
waiting, is_open = b'', True
while True:
    ready = select.select([fd] + ([0] if is_open else []), [], [])[0]
    if fd in ready:
        try: part = os.read(fd, 65536)
        except OSError: part = b''
        if part == b'': break
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    if 0 in ready:
        part = os.read(0, 65536)
        is_open = part != b''
        waiting += part
        *orders, waiting = waiting.split(b'\\n')
        for order in map(json.loads, orders):
            if 'keys' in order: os.write(fd, order['keys'].encode())
            if 'size' in order: resize(*order['size'])
            if 'signal' in order: os.kill(pid, getattr(signal, order['signal']))
is_cooked = bool(termios.tcgetattr(fd)[3] & termios.ICANON)
sys.stderr.write(json.dumps({'isCooked': is_cooked}))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

export interface TerminalEnd {
  readonly code: number | null;
  /** Whether the terminal gives lines again, and not single keys. */
  readonly isCooked: boolean;
}

/** A command at a terminal that is made for it, with what its screen shows. */
export class PseudoTerminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<TerminalEnd>;
  #screen = new ScreenModel();
  #output = '';
  #listeners = new Set<() => void>();

  constructor(
    command: readonly string[],
    { env, rows = 24, columns = 100 }: { env: NodeJS.ProcessEnv; rows?: number; columns?: number },
  ) {
    const args = ['-c', bridge, JSON.stringify(command), String(rows), String(columns)];
    this.#child = spawn('python3', args, { env: { TERM: 'xterm-256color', ...env }, stdio: 'pipe' });
    let said = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#screen.take(text);
      for (const listener of this.#listeners) listener();
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      for (const listener of this.#listeners) listener();
      const { isCooked = false } = said.startsWith('{') ? JSON.parse(said) : {};
      return { code: code as number | null, isCooked };
    });
  }

  /** Everything that was written, with what steers the terminal. */
  get output(): string {
    return this.#output;
  }

  /** What is shown, line by line. */
  get lines(): readonly string[] {
    return this.#screen.lines;
  }

  /** Whether the second screen is shown. */
  get isSecondScreen(): boolean {
    return this.#screen.isSecond;
  }

  /** Waits until the screen shows a text, or fulfils a condition. */
  async until(
    what: string | RegExp | ((lines: readonly string[]) => boolean),
    patienceMs = 60_000,
  ): Promise<void> {
    const holds = (): boolean => {
      if (typeof what === 'function') return what(this.lines);
      return this.lines.some((line) => (typeof what === 'string' ? line.includes(what) : what.test(line)));
    };
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const give = (error?: Error): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        if (error === undefined) resolve();
        else reject(error);
      };
      const fail = (why: string): void => give(new Error(`${why} ${what}:\n${this.lines.join('\n')}`));
      const look = (): void => {
        if (holds()) give();
        else if (this.#child.exitCode !== null) fail('ended before');
      };
      const timer = setTimeout(() => fail('waited in vain for'), patienceMs);
      this.#listeners.add(look);
    });
  }

  type(keys: string): void {
    this.#order({ keys });
  }

  resize(rows: number, columns: number): void {
    this.#order({ size: [rows, columns] });
  }

  signal(signal: 'SIGTERM' | 'SIGHUP' | 'SIGKILL' | 'SIGINT'): void {
    this.#order({ signal });
  }

  /** Waits for the end of the command. */
  end(): Promise<TerminalEnd> {
    return this.#ended;
  }

  /** Ends it, however it fares. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null) this.signal('SIGKILL');
    await this.#ended;
  }

  #order(order: object): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }
}

/** As much of a terminal as is needed to know what a full-screen program shows. */
class ScreenModel {
  readonly lines: string[] = [];
  isSecond = false;
  #row = 0;
  #column = 0;
  #rest = '';

  take(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: orders to a terminal begin with one.
    const parts = (this.#rest + text).split(/(\x1b\[[?0-9;]*[A-Za-z])/);
    // An order may be cut in two where one part of the output ends.
    const last = parts.at(-1) ?? '';
    const begun = last.lastIndexOf('\x1b');
    this.#rest = begun < 0 ? '' : last.slice(begun);
    if (begun >= 0) parts[parts.length - 1] = last.slice(0, begun);
    for (const part of parts) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
      const order = /^\x1b\[([?0-9;]*)([A-Za-z])$/.exec(part);
      if (order === null) this.#write(part);
      else this.#obey(order[1] ?? '', order[2] ?? '');
    }
  }

  #obey(given: string, order: string): void {
    const [first = 1, second = 1] = given.split(';').map(Number);
    if (order === 'H') [this.#row, this.#column] = [(first || 1) - 1, (second || 1) - 1];
    else if (order === 'K') this.lines[this.#row] = (this.lines[this.#row] ?? '').slice(0, this.#column);
    else if (order === 'J') this.lines.length = 0;
    else if (given === '?1049') {
      this.isSecond = order === 'h';
      this.lines.length = 0;
    }
  }

  #write(text: string): void {
    for (const letter of text) {
      if (letter === '\n') this.#row += 1;
      else if (letter === '\r') this.#column = 0;
      else {
        const line = (this.lines[this.#row] ?? '').padEnd(this.#column);
        this.lines[this.#row] = line.slice(0, this.#column) + letter + line.slice(this.#column + 1);
        this.#column += 1;
      }
    }
    for (let row = 0; row < this.lines.length; row++) this.lines[row] ??= '';
  }
}
