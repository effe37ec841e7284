/** One key as it was pressed. */
export interface KeyPress {
  /** Such as `up`, `return`, `escape`, `backspace`; undefined for most letters of other scripts. */
  readonly name: string | undefined;
  /** The letter it types; empty for keys that type none. */
  readonly text: string;
  readonly ctrl: boolean;
}

const mostLetters = 1000;

/** A line of text as it is typed. */
export class TextLine {
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  press({ name, text, ctrl }: KeyPress): void {
    if (name === 'backspace') this.#text = [...this.#text].slice(0, -1).join('');
    else if (ctrl && name === 'u') this.#text = '';
    else if (ctrl && name === 'w') this.#text = this.#text.replace(/\S+\s*$/, '');
    else if (!ctrl && text !== '' && !/\p{Cc}/u.test(text))
      this.#text = (this.#text + text).slice(0, mostLetters);
  }
}
