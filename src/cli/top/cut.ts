import picocolors from 'picocolors';
import type { Client } from '../../client/client.ts';
import type { SessionItem } from '../../client/lists.ts';
import type { Outputs, Selector } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { previewText } from '../preview-text.ts';
import { selectorText } from '../selector-text.ts';
import type { Colors } from '../terminal.ts';
import { shortened } from './cells.ts';
import { countText } from './overview-lines.ts';
import { type KeyPress, TextLine } from './text-line.ts';

type Preview = Outputs['revocations.preview'];

/** What a cut may be of: a key, and the sessions it stands for. */
interface Choice {
  readonly key: string;
  readonly title: string;
  readonly selector: Selector;
}

type Step =
  | { readonly kind: 'choose' }
  | { readonly kind: 'waiting'; readonly text: string }
  | {
      readonly kind: 'reason';
      readonly selector: Selector;
      readonly preview: Preview;
      readonly line: TextLine;
    }
  | {
      readonly kind: 'confirm';
      readonly selector: Selector;
      readonly preview: Preview;
      readonly reason: string;
      readonly line: TextLine;
    }
  | { readonly kind: 'nothing'; readonly preview: Preview };

export interface CutOptions {
  readonly client: Client;
  /** The session that was chosen in the list, if any, and what the list is filtered by. */
  readonly session: SessionItem | undefined;
  readonly filter: Selector;
  readonly onChange: () => void;
  /** Called once: with what has come of it, in a sentence; undefined when it was given up. */
  readonly onEnd: (outcome: string | undefined) => void;
}

/** A cut at the terminal: choose what, look at what it would hit, say why, and confirm it. Escape gives it up at every step. */
export class Cut {
  readonly #options: CutOptions;
  readonly #choices: readonly Choice[];
  #step: Step = { kind: 'choose' };
  #note: string | undefined;

  constructor(options: CutOptions) {
    this.#options = options;
    this.#choices = choicesOf(options);
  }

  press(key: KeyPress): void {
    const step = this.#step;
    if (key.name === 'escape' && step.kind !== 'waiting') {
      this.#options.onEnd(undefined);
      return;
    }
    switch (step.kind) {
      case 'choose': {
        const choice = this.#choices.find((one) => one.key === key.text);
        if (choice !== undefined) void this.#preview(choice.selector, '');
        return;
      }
      case 'reason':
        if (key.name === 'return') this.#withReason(step);
        else step.line.press(key);
        break;
      case 'confirm':
        if (key.name === 'return') this.#confirmed(step);
        else step.line.press(key);
        break;
      case 'nothing':
        this.#options.onEnd(undefined);
        return;
      case 'waiting':
        return;
    }
    this.#options.onChange();
  }

  /** What is shown in place of the list, and the line that is typed into, at its end. */
  lines(colors: Colors, columns: number): { readonly lines: string[]; readonly typed: TextLine | undefined } {
    const step = this.#step;
    const note = this.#note === undefined ? [] : [colors.yellow(shortened(this.#note, columns))];
    switch (step.kind) {
      case 'choose':
        return {
          lines: [
            colors.bold('End which sessions?'),
            ...this.#choices.map(
              ({ key, title }) => `  ${colors.bold(key)}  ${shortened(title, columns - 5)}`,
            ),
            colors.dim('Escape: end nothing'),
          ],
          typed: undefined,
        };
      case 'waiting':
        return { lines: [step.text], typed: undefined };
      case 'nothing':
        return {
          lines: [...previewLines(step.preview, colors, columns), colors.dim('Any key: back to the list')],
          typed: undefined,
        };
      case 'reason':
        return {
          lines: [...note, ...previewLines(step.preview, colors, columns), 'Why? It stays in the ledger: '],
          typed: step.line,
        };
      case 'confirm':
        return {
          lines: [
            ...note,
            ...previewLines(step.preview, colors, columns),
            shortened(`Why: ${step.reason}`, columns),
            `${demandOf(step.preview)} `,
          ],
          typed: step.line,
        };
    }
  }

  async #preview(selector: Selector, reason: string): Promise<void> {
    this.#turn({ kind: 'waiting', text: 'Looking at what it would hit …' });
    try {
      const preview = await this.#options.client.revocations.preview({ selector });
      if (preview.count === 0) this.#turn({ kind: 'nothing', preview });
      else this.#turn({ kind: 'reason', selector, preview, line: new TextLine(reason) });
    } catch (error) {
      this.#options.onEnd(messageOf(error));
    }
  }

  #withReason({ selector, preview, line }: Extract<Step, { kind: 'reason' }>): void {
    const reason = line.text.trim();
    this.#note = reason === '' ? 'A reason is needed; it stays in the ledger.' : undefined;
    if (reason !== '') this.#step = { kind: 'confirm', selector, preview, reason, line: new TextLine('') };
  }

  #confirmed({ selector, preview, reason, line }: Extract<Step, { kind: 'confirm' }>): void {
    const given = line.text.trim().replaceAll(/[,.\s]/g, '');
    if (given.toLowerCase() !== answerOf(preview)) {
      this.#note = 'That is not the answer asked for; nothing was ended. Try again, or press Escape.';
      return;
    }
    void this.#make(selector, reason, preview.count);
  }

  async #make(selector: Selector, reason: string, count: number): Promise<void> {
    this.#turn({ kind: 'waiting', text: 'Ending them …' });
    try {
      const expect = { matched: count, growth: 0 };
      const { matched, revocation } = await this.#options.client.revocations.create({
        selector,
        reason,
        expect,
      });
      const sessions = `${countText(matched)} session${matched === 1 ? '' : 's'}`;
      this.#options.onEnd(`Ended ${sessions} by revocation ${revocation.seq}.`);
    } catch (error) {
      if (!(error instanceof CurfewError) || error.code !== 'expectation_failed') {
        this.#options.onEnd(messageOf(error));
        return;
      }
      this.#note = 'More sessions match by now, so nothing was ended. Look again.';
      await this.#preview(selector, reason);
    }
  }

  #turn(step: Step): void {
    this.#step = step;
    this.#options.onChange();
  }
}

function choicesOf({ session, filter }: CutOptions): Choice[] {
  const choices: Choice[] = [];
  if (session !== undefined) {
    const { id, username, realm, provider } = session;
    const { type, name } = provider;
    choices.push(
      { key: '1', title: `this session of ${username}`, selector: { sessionIds: [id] } },
      { key: '2', title: `all of ${username} in ${realm}`, selector: { realm, username } },
      {
        key: '3',
        title: `all from ${type}/${name} in ${realm}`,
        selector: { realm, provider: { type, name } },
      },
    );
  }
  const { realm, ...conditions } = filter;
  const isOpen = Object.keys(conditions).length === 0;
  const listed: Selector = isOpen ? { all: true, ...(realm === undefined ? {} : { realm }) } : filter;
  choices.push({
    key: '4',
    title: Object.keys(filter).length === 0 ? 'every session there is' : `all of ${selectorText(filter)}`,
    selector: listed,
  });
  return choices;
}

/** What a preview says, no line wider than the screen. */
function previewLines(preview: Preview, colors: Colors, columns: number): string[] {
  const lines = previewText(preview, { colors: picocolors.createColors(false) })
    .trimEnd()
    .split('\n');
  return lines.map((line, index) => {
    const shown = shortened(line, columns);
    if (index === 0) return colors.bold(shown);
    return /^It ends /.test(line) ? colors.red(shown) : shown;
  });
}

/** One session is confirmed by a letter, more by their number. */
function answerOf({ count }: Preview): string {
  return count === 1 ? 'y' : String(count);
}

function demandOf(preview: Preview): string {
  const { count } = preview;
  return count === 1 ? 'Type y to end it:' : `Type ${count} to end these ${countText(count)} sessions:`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
