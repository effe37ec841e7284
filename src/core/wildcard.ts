/** A pattern of names in which `*` stands for any number of any characters, and every other character for itself. */
export interface Wildcard {
  /** Whether it has a `*` at all; without one it names exactly one text. */
  readonly isPattern: boolean;
  /** Whether it matches every text. */
  readonly matchesAll: boolean;
  matches(text: string): boolean;
}

/**
 * Reads a pattern. The pieces between stars are looked for from left to right, each once, so that no pattern makes
 * matching slow: there is nothing to go back to, as a regular expression would.
 */
export function wildcard(pattern: string, { ignoreCase = false }: { ignoreCase?: boolean } = {}): Wildcard {
  const fold = ignoreCase ? foldCase : (text: string) => text;
  const pieces = fold(pattern).split('*');
  const [first = '', ...others] = pieces;
  const last = others.pop();
  return {
    isPattern: last !== undefined,
    matchesAll: last !== undefined && pieces.every((piece) => piece === ''),
    matches(raw) {
      const text = fold(raw);
      if (last === undefined) return text === first;
      if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
        return false;
      }
      const end = text.length - last.length;
      let at = first.length;
      for (const piece of others) {
        const found = text.indexOf(piece, at);
        if (found < 0 || found + piece.length > end) return false;
        at = found + piece.length;
      }
      return true;
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ascii = /^[\x00-\x7f]*$/;

/** Letters one by one, since some change with what stands beside them: a piece of a text must fold as it does within. */
function foldCase(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  return Array.from(text, (letter) => letter.toLowerCase()).join('');
}
