/**
 * Names in headers. A header holds visible ASCII only, so every other byte of the UTF-8 form of a name is written as
 * `%XX`, and so is `%` itself: `decodeURIComponent` gives the name back, always. Plain names stay as they are; a space
 * stays too, unless it leads or trails, where HTTP would drop it.
 */
export function headerText(name: string): string {
  return plain.test(name) ? name : encode(name, percentOnly);
}

/** Several names in one header, with commas between them; a comma within a name is written as `%2C`. */
export function headerList(names: readonly string[]): string {
  let text = '';
  for (const name of names) {
    if (text !== '') text += ',';
    text += plainInList.test(name) ? name : encode(name, percentAndComma);
  }
  return text;
}

/** `type/name`; a slash within the type is written as `%2F`, so the first slash divides them. */
export function headerPair(first: string, second: string): string {
  return `${plainFirst.test(first) ? first : encode(first, percentAndSlash)}/${headerText(second)}`;
}

const plain = /^(?:[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?)?$/;
const plainInList =
  /^(?:[\x21-\x24\x26-\x2b\x2d-\x7e](?:[\x20-\x24\x26-\x2b\x2d-\x7e]*[\x21-\x24\x26-\x2b\x2d-\x7e])?)$/;
const plainFirst = /^[\x21-\x24\x26-\x2e\x30-\x7e]+$/;

const percentOnly = new Set([0x25]);
const percentAndComma = new Set([0x25, 0x2c]);
const percentAndSlash = new Set([0x25, 0x2f]);

function encode(name: string, reserved: ReadonlySet<number>): string {
  const bytes = Buffer.from(name, 'utf8');
  let text = '';
  for (const [index, byte] of bytes.entries()) {
    const isEdge = index === 0 || index === bytes.length - 1;
    const isPlain = byte > 0x20 ? byte < 0x7f && !reserved.has(byte) : byte === 0x20 && !isEdge;
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
