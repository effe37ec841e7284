import { CurfewError } from '../errors.ts';

/** One word of a command line. An option keeps its hyphen: `-realm`. */
export interface Word {
  readonly text: string;
  readonly isOption: boolean;
}

/** Longer than this, a line is no command. */
const longestLine = 65_536;

/**
 * Splits one command line of IBM's administration shells.
 *
 * - Blanks part words; double quotes hold them together. Inside quotes a backslash goes before a quote or a backslash,
 *   and is itself anywhere else, so that `"CORP\ann"` needs no care.
 * - Every word that begins with a hyphen is an option, quoted or not, until a hyphen that stands alone.
 * - The en dash and the em dash, which documents print before option names, are read as a hyphen there.
 * @throws CurfewError `invalid_input` for a quote that does not end, or a line that is too long
 */
export function wordsOf(line: string): Word[] {
  if (line.length > longestLine) {
    throw new CurfewError('invalid_input', `A command is longer than ${longestLine} characters.`);
  }
  const words: Word[] = [];
  let readsOptions = true;
  let at = 0;
  for (;;) {
    while (isBlank(line[at])) at++;
    if (at >= line.length) return words;
    const read = readWord(line, at);
    at = read.end;
    const text = read.quoted ? read.text : read.text.replace(/^[\u2013\u2014](?=\p{L})/u, '-');
    if (readsOptions && text === '-' && !read.quoted) readsOptions = false;
    else words.push({ text, isOption: readsOptions && text.startsWith('-') });
  }
}

/** A word as it is written in a command line, quoted where it must be. */
export function quoteWord(text: string): string {
  if (text !== '' && !/[\s"\\]/.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function readWord(line: string, start: number): { text: string; end: number; quoted: boolean } {
  let text = '';
  let quoted = false;
  let at = start;
  while (at < line.length && !isBlank(line[at])) {
    if (line[at] !== '"') {
      text += line[at++];
      continue;
    }
    quoted = true;
    at++;
    while (line[at] !== '"') {
      if (at >= line.length) {
        throw new CurfewError(
          'invalid_input',
          'A double quote is not closed; put one at the end of the name.',
        );
      }
      if (line[at] === '\\' && (line[at + 1] === '"' || line[at + 1] === '\\')) at++;
      text += line[at++];
    }
    at++;
  }
  return { text, end: at, quoted };
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
