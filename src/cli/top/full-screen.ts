import { emitKeypressEvents, type Key } from 'node:readline';
import type { Client } from '../../client/client.ts';
import type { Selector } from '../../client/operations.ts';
import type { TransportOptions } from '../../client/transport.ts';
import { visible } from '../../core/visible.ts';
import type { Terminal } from '../terminal.ts';
import { shortened, widthOf } from './cells.ts';
import { Cut } from './cut.ts';
import { filterHint, parseFilter } from './filter.ts';
import { listLine, nextOrder, overviewLines } from './overview-lines.ts';
import { type Cursor, Screen } from './screen.ts';
import { sessionLines } from './session-lines.ts';
import { type KeyPress, TextLine } from './text-line.ts';
import { Watched } from './watched.ts';

export interface FullScreenOptions {
  readonly client: Client;
  readonly transport: TransportOptions;
  readonly terminal: Terminal;
  readonly selector: Selector;
}

const drawEveryMs = 100;
const firstRows = 100;
const mostRows = 1000;
const help = '↑↓ move   / filter   s sort   t end sessions   q quit';

/** The live view over the whole terminal. Ends when its person leaves, or when the server does not know the caller any more. */
export class FullScreen {
  readonly #options: FullScreenOptions;
  readonly #screen: Screen;
  readonly #watched: Watched;
  readonly #stop = new AbortController();
  #chosen = 0;
  #first = 0;
  #filter: TextLine | undefined;
  #cut: Cut | undefined;
  #note: string | undefined;
  #drawTimer: NodeJS.Timeout | undefined;

  constructor(options: FullScreenOptions) {
    this.#options = options;
    const { client, transport, selector } = options;
    this.#screen = new Screen(options.terminal, () => this.#draw());
    this.#watched = new Watched(
      { client, transport, wanted: { selector, order: '-createdAt', limit: firstRows } },
      () => this.#drawSoon(),
    );
  }

  async run(): Promise<void> {
    const { stdin, interrupted } = this.#options.terminal;
    const onKey = (text: string | undefined, key: Key): void => this.#press(pressOf(text, key));
    const clock = setInterval(() => this.#drawSoon(), 1000);
    emitKeypressEvents(stdin);
    stdin.on('keypress', onKey);
    this.#screen.open();
    stdin.resume();
    try {
      this.#draw();
      await this.#watched.follow(AbortSignal.any([this.#stop.signal, interrupted]));
    } finally {
      clearInterval(clock);
      clearTimeout(this.#drawTimer);
      this.#screen.close();
      stdin.off('keypress', onKey);
      stdin.pause();
    }
  }

  #press(key: KeyPress): void {
    if (key.ctrl && key.name === 'c') this.#stop.abort();
    else if (key.ctrl && key.name === 'z') this.#screen.suspend();
    else if (this.#cut !== undefined) this.#cut.press(key);
    else if (this.#filter !== undefined) this.#typeFilter(this.#filter, key);
    else this.#command(key);
    this.#draw();
  }

  #command(key: KeyPress): void {
    this.#note = undefined;
    const page = Math.max(1, this.#room() - 1);
    const move = { up: -1, down: 1, pageup: -page, pagedown: page, home: -mostRows, end: mostRows }[
      key.name ?? ''
    ];
    if (move !== undefined) this.#move(move);
    else if (key.text === 'q') this.#stop.abort();
    else if (key.text === '/') this.#filter = new TextLine('');
    else if (key.text === 's') this.#watched.want({ order: nextOrder(this.#watched.wanted.order) });
    else if (key.text === 't') this.#openCut();
  }

  #move(by: number): void {
    const { sessions, matched = 0 } = this.#watched.seen;
    this.#chosen = Math.max(0, Math.min(sessions.length - 1, this.#chosen + by));
    const { limit } = this.#watched.wanted;
    if (this.#chosen > sessions.length - 20 && sessions.length < matched && limit < mostRows)
      this.#watched.want({ limit: Math.min(mostRows, limit * 2) });
  }

  #typeFilter(line: TextLine, key: KeyPress): void {
    if (key.name === 'escape') this.#filter = undefined;
    else if (key.name !== 'return') line.press(key);
    else {
      try {
        this.#watched.want({ selector: parseFilter(line.text), limit: firstRows });
        this.#filter = undefined;
        this.#note = undefined;
        this.#chosen = 0;
      } catch (error) {
        this.#note = error instanceof Error ? error.message : String(error);
      }
    }
  }

  #openCut(): void {
    this.#cut = new Cut({
      client: this.#options.client,
      session: this.#watched.seen.sessions[this.#chosen],
      filter: this.#watched.wanted.selector,
      onChange: () => this.#draw(),
      onEnd: (outcome) => {
        this.#cut = undefined;
        this.#note = outcome;
        this.#watched.want({});
        this.#draw();
      },
    });
  }

  #drawSoon(): void {
    this.#drawTimer ??= setTimeout(() => this.#draw(), drawEveryMs);
  }

  #draw(): void {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    const { lines, cursor } = this.#frame();
    this.#screen.draw(lines, cursor);
  }

  #frame(): { lines: string[]; cursor?: Cursor } {
    const { columns, rows } = this.#screen;
    const top = this.#top();
    if (this.#cut !== undefined) {
      const { lines: own, typed } = this.#cut.lines(this.#options.terminal.colors, columns);
      const space = Math.max(1, rows - own.length - 1);
      // What is asked stands at the end, and is never cut off.
      const lines = [...top.slice(0, space), '', ...own].slice(-rows);
      return typed === undefined ? { lines } : typing(lines, typed.text, columns);
    }
    const room = this.#room();
    const { sessions } = this.#watched.seen;
    this.#chosen = Math.max(0, Math.min(this.#chosen, sessions.length - 1));
    this.#first = Math.max(0, Math.min(this.#first, this.#chosen, sessions.length - room));
    this.#first = Math.max(this.#first, this.#chosen - room + 1);
    const { colors, clock } = this.#options.terminal;
    const list = sessionLines(
      sessions,
      { first: this.#first, chosen: this.#chosen, room },
      { width: columns, now: clock.now(), colors },
    );
    const lines = [...top, ...list].slice(0, rows - 1);
    while (lines.length < rows - 1) lines.push('');
    if (this.#filter === undefined) {
      const last =
        this.#note === undefined
          ? colors.dim(shortened(help, columns))
          : colors.yellow(shortened(this.#note, columns));
      return { lines: [...lines, last] };
    }
    if (rows > 2) lines[rows - 2] = colors.dim(shortened(this.#note ?? filterHint, columns));
    return typing([...lines, 'Filter: '], this.#filter.text, columns);
  }

  /** The lines above the list; on a low screen the list keeps half of it. */
  #top(): string[] {
    const { seen, wanted } = this.#watched;
    const { columns, rows } = this.#screen;
    const { colors, clock } = this.#options.terminal;
    const { url } = this.#options.transport;
    const drawing = { seen, url, now: clock.now(), columns, colors };
    const overview = overviewLines(drawing).slice(0, Math.max(1, Math.floor(rows / 2) - 2));
    return [...overview, listLine(drawing, wanted.selector, wanted.order)];
  }

  #room(): number {
    return Math.max(1, this.#screen.rows - this.#top().length - 2);
  }
}

/** Puts what is typed behind the last line, as much of its end as fits, with the cursor behind it. */
function typing(lines: string[], text: string, columns: number): { lines: string[]; cursor: Cursor } {
  const row = lines.length - 1;
  const question = shortened(lines[row] ?? '', Math.max(1, columns - 8));
  const room = Math.max(1, columns - widthOf(question) - 1);
  let shown = visible(text);
  while (widthOf(shown) > room) shown = [...shown].slice(1).join('');
  return {
    lines: [...lines.slice(0, row), `${question}${shown}`],
    cursor: { row, column: widthOf(question) + widthOf(shown) },
  };
}

function pressOf(
  text: string | undefined,
  { name, ctrl = false, meta = false, sequence = '' }: Key,
): KeyPress {
  const isText = text !== undefined && !ctrl && !meta && !sequence.startsWith('\x1b');
  return { name, text: isText ? text : '', ctrl };
}
