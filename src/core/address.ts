import ipaddr from 'ipaddr.js';

/**
 * Addresses as sortable bytes: one byte of family (4 or 6) and the address, so that a network is one range and a v4
 * range never holds a v6 address. A v4 address mapped into v6 (`::ffff:192.0.2.1`) is the v4 address.
 */
export interface AddressRange {
  from: Buffer;
  to: Buffer;
}

/** The bytes of an address such as `192.0.2.1` or `2001:db8::1`, or undefined if it is none. A zone id is dropped. */
export function addressToBytes(text: string): Buffer | undefined {
  const bare = text.includes('%') ? text.replace(/%.*$/, '') : text;
  const decimal = fourDecimals.exec(bare);
  if (decimal !== null) return decimalBytes(decimal);
  const v6 = bare.includes(':') ? parsedV6(bare) : undefined;
  if (v6 === undefined) return undefined;
  return v6.isIPv4MappedAddress()
    ? Buffer.from([4, ...v6.toIPv4Address().toByteArray()])
    : Buffer.from([6, ...v6.toByteArray()]);
}

/** The usual form of a v4 address, which is read here: the library takes four times as long. */
const fourDecimals = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function decimalBytes(decimal: RegExpExecArray): Buffer | undefined {
  const bytes = [4];
  for (const part of decimal.slice(1)) {
    // A leading zero is refused, for some readers take it as octal.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    bytes.push(Number(part));
  }
  return Buffer.from(bytes);
}

function parsedV6(text: string): ipaddr.IPv6 | undefined {
  try {
    return ipaddr.IPv6.parse(text);
  } catch {
    // The library has no way to say whether a text is an address but to read it, and this throws for one that is none.
    return undefined;
  }
}

/** The number of a v4 address in its usual form, such as 3221225985 of `192.0.2.1`; undefined for any other text. */
export function decimalAddress(text: string): number | undefined {
  let address = 0;
  let parts = 0;
  for (let start = 0; start <= text.length; parts++) {
    let part = 0;
    let end = start;
    for (; end < text.length && text.charCodeAt(end) !== dot; end++) {
      const digit = text.charCodeAt(end) - zero;
      if (digit < 0 || digit > 9) return undefined;
      part = part * 10 + digit;
    }
    const length = end - start;
    const isPart =
      length > 0 && length <= 3 && part <= 255 && (length === 1 || text.charCodeAt(start) !== zero);
    if (!isPart) return undefined;
    address = address * 256 + part;
    start = end + 1;
  }
  return parts === 4 ? address : undefined;
}

const dot = 0x2e;
const zero = 0x30;

/** The text of an address from its bytes. */
export function bytesToAddress(bytes: Uint8Array): string {
  const [family, a, b, c, d] = bytes;
  return family === 4 ? `${a}.${b}.${c}.${d}` : ipaddr.fromByteArray([...bytes.subarray(1)]).toString();
}

/** The range of an address (`192.0.2.1`) or network (`192.0.2.0/24`, `2001:db8::/32`), or undefined if it is neither. */
export function parseNetwork(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const base = addressToBytes(slash < 0 ? text : text.slice(0, slash));
  if (base === undefined) return undefined;
  const width = (base.length - 1) * 8;
  // Of a v4 network written as a mapped one, such as ::ffff:192.0.2.0/120, the prefix counts the 96 bits of the mapping.
  const mappingBits = base[0] === 4 && text.includes(':') ? 96 : 0;
  const prefixText = slash < 0 ? String(mappingBits + width) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText) - mappingBits;
  if (prefix < 0 || prefix > width) return undefined;
  const from = Buffer.from(base);
  const to = Buffer.from(base);
  for (let bit = prefix; bit < width; bit++) {
    const index = 1 + (bit >> 3);
    const mask = 0x80 >> (bit & 7);
    from[index] = (from[index] as number) & ~mask;
    to[index] = (to[index] as number) | mask;
  }
  return { from, to };
}

/**
 * Where the addresses lie whose usual text begins with a text such as `192.0.2`, `10.1` or `2001:db8:`, in ascending order; a
 * network is taken as it stands. None for a text that no address begins with.
 */
export function rangesBeginning(text: string): AddressRange[] {
  // Two colons stand for two zeros at least, as addresses are written.
  if (/^[^:].*[^:]::$/.test(text)) return hexRanges([...text.slice(0, -2).split(':'), '0', '0', '']);
  const whole = parseNetwork(text);
  if (whole !== undefined && (text.includes('/') || whole.from[0] === 6)) return [whole];
  if (/^\d{1,3}(\.\d{1,3}){0,3}\.?$/.test(text)) return decimalRanges(text.split('.'));
  if (/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,7}:?$/i.test(text) && text.includes(':')) {
    return hexRanges(text.split(':'));
  }
  return [];
}

function decimalRanges(parts: readonly string[]): AddressRange[] {
  const [last = '', ...known] = [...parts].reverse();
  const head = known.reverse().map(Number);
  if (head.some((part) => part > 255) || parts.length > 4) return [];
  return endingsOf(last, 10, 255).map(([from, to]) => ({
    from: filled(4, [...head, from], 4, 0),
    to: filled(4, [...head, to], 4, 255),
  }));
}

function hexRanges(parts: readonly string[]): AddressRange[] {
  const [last = '', ...known] = [...parts].reverse();
  const head = known.reverse().flatMap((part) => bytesOf(Number.parseInt(part, 16)));
  if (parts.length > 8) return [];
  return endingsOf(last, 16, 0xffff).map(([from, to]) => ({
    from: filled(6, [...head, ...bytesOf(from)], 16, 0),
    to: filled(6, [...head, ...bytesOf(to)], 16, 255),
  }));
}

/** The numbers up to `most` whose digits begin with some, as ranges: 1, 10 to 19 and 100 to 199. */
function endingsOf(digits: string, base: number, most: number): [from: number, to: number][] {
  if (digits === '') return [[0, most]];
  const start = Number.parseInt(digits, base);
  if (start > most) return [];
  // No number but zero begins with a zero.
  if (digits.startsWith('0')) return digits === '0' ? [[0, 0]] : [];
  const ranges: [number, number][] = [];
  for (let from = start, size = 1; from <= most; from *= base, size *= base) {
    ranges.push([from, Math.min(from + size - 1, most)]);
  }
  return ranges;
}

function bytesOf(hextet: number): [number, number] {
  return [hextet >> 8, hextet & 255];
}

function filled(family: 4 | 6, head: readonly number[], length: number, rest: number): Buffer {
  return Buffer.from([family, ...head, ...Array<number>(length - head.length).fill(rest)]);
}
