/** One attribute and its value within a distinguished name. */
export interface NamePart {
  readonly type: string;
  /** The value without escapes. */
  readonly value: string;
}

/** A distinguished name: its relative names from the entry to the root, each of one or more parts. */
export type DistinguishedName = readonly (readonly NamePart[])[];

/**
 * Reads the text of a distinguished name (RFC 4514), with the blanks around separators and the quoted values that its
 * predecessor allowed. Undefined for a text that is none, such as an empty one, and for one with a value in binary form.
 */
export function parseDn(text: string): DistinguishedName | undefined {
  const names: NamePart[][] = [[]];
  let place = 0;
  for (;;) {
    const type = /^\s*([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)\s*=/.exec(text.slice(place));
    if (type?.[1] === undefined) return undefined;
    const read = readValue(text, place + type[0].length);
    if (read === undefined) return undefined;
    names.at(-1)?.push({ type: type[1], value: read.value });
    const separator = text[read.end];
    if (separator === undefined) return names;
    if (separator !== '+') names.push([]);
    place = read.end + 1;
  }
}

/** Reads a value up to the next separator or the end. */
function readValue(text: string, start: number): { value: string; end: number } | undefined {
  let place = start;
  while (text[place] === ' ') place++;
  if (text[place] === '#') return undefined;
  const isQuoted = text[place] === '"';
  if (isQuoted) place++;
  const bytes: Buffer[] = [];
  /** Blanks at the end do not belong to the value unless they were escaped. */
  let length = 0;
  for (; place < text.length; place++) {
    const letter = String.fromCodePoint(text.codePointAt(place) as number);
    if (isQuoted ? letter === '"' : /[,;+]/.test(letter)) break;
    if (!isQuoted && /["<>]/.test(letter)) return undefined;
    if (letter !== '\\') {
      bytes.push(Buffer.from(letter));
      if (isQuoted || letter !== ' ') length = bytes.length;
      place += letter.length - 1;
      continue;
    }
    const pair = /^[0-9A-Fa-f]{2}/.exec(text.slice(place + 1, place + 3))?.[0];
    const escaped = pair === undefined ? text[place + 1] : undefined;
    if (pair === undefined && (escaped === undefined || !/[ "#+,;<=>\\]/.test(escaped))) return undefined;
    bytes.push(pair === undefined ? Buffer.from(escaped as string) : Buffer.from(pair, 'hex'));
    length = bytes.length;
    place += pair === undefined ? 1 : 2;
  }
  if (isQuoted) {
    if (text[place] !== '"') return undefined;
    place++;
    while (text[place] === ' ') place++;
    if (place < text.length && !/[,;+]/.test(text[place] as string)) return undefined;
  }
  return { value: Buffer.concat(bytes.slice(0, length)).toString('utf8'), end: place };
}

/** The text of a distinguished name as RFC 4514 section 2.4 writes it: no blanks around separators, few escapes. */
export function writeDn(name: DistinguishedName): string {
  return name
    .map((parts) => parts.map(({ type, value }) => `${type}=${escapeDnValue(value)}`).join('+'))
    .join(',');
}

/** A text as the value of a part of a distinguished name, which it cannot leave. */
export function escapeDnValue(value: string): string {
  const text = value.replace(/["+,;<>\\=]/g, '\\$&').replaceAll('\u0000', '\\00');
  const start = /^[ #]/.test(text) ? `\\${text}` : text;
  return value.length > 1 && value.endsWith(' ') ? `${start.slice(0, -1)}\\ ` : start;
}

/** A distinguished name in the one way of writing it that sessions bear; undefined for a text that is none. */
export function normalDn(text: string): string | undefined {
  const name = parseDn(text);
  return name === undefined ? undefined : writeDn(name);
}

/**
 * What two ways of writing the same distinguished name have in common: directories take capital and small letters, and
 * one blank and several, for the same (RFC 4518), and parts of a relative name in any order. A text that is no
 * distinguished name stands for itself.
 */
export function dnKey(text: string): string {
  const name = parseDn(text);
  if (name === undefined) return text;
  return JSON.stringify(
    name.map((parts) => parts.map(({ type, value }) => `${type.toLowerCase()}=${folded(value)}`).sort()),
  );
}

function folded(value: string): string {
  return value.normalize('NFKC').toLowerCase().normalize('NFKC').replace(/\s+/g, ' ').trim();
}

/** Whether a name lies at another or below it. */
export function isWithinDn(text: string, base: string): boolean {
  const name = parseDn(text);
  const root = parseDn(base);
  if (name === undefined || root === undefined || name.length < root.length) return false;
  return dnKey(writeDn(name.slice(name.length - root.length))) === dnKey(base);
}
