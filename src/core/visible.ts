/**
 * What a terminal would obey instead of show, or what makes text read otherwise than it is: control characters, line
 * and paragraph separators, marks that turn the direction of writing, invisible characters, and halves of surrogate pairs.
 */
const unsafe =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\p{Cs}]|\u034f|[\u17b4\u17b5]|[\u180b-\u180d\u180f]|[\ufe00-\ufe0e]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]|(?<![\p{Extended_Pictographic}\d#*])\ufe0f/gu;

/**
 * Makes text that came from elsewhere safe to print: a user agent may hold escape sequences, a name a line feed. What
 * is unsafe appears as an escape such as `\x1b` or `\u202e`, and nothing else changes.
 */
export function visible(text: string): string {
  return text.replace(unsafe, escapeOf);
}

/** As `visible`, for text of several lines whose line feeds are meant. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) as number;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * JSON whose texts a terminal only shows: JSON itself escapes the controls below U+0020, this also DEL, the C1 controls
 * and the marks that turn the direction of writing. It parses to the same value.
 */
export function visibleJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent) ?? 'null';
  return json.replace(unsafe, (character) => {
    if (character === '\n') return character;
    let escaped = '';
    for (let index = 0; index < character.length; index++) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
