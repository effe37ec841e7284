/** The wire format of protocol buffers, as far as a few messages need it. */

/** One field of a message: a number for a varint, bytes for everything with a length. */
export interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

const varint = 0;
const fixed64 = 1;
const lengthPrefixed = 2;
const fixed32 = 5;

/** The fields of a message in their order. @throws RangeError when the bytes are no message */
export function* fieldsOf(bytes: Buffer): Generator<Field> {
  const at = { offset: 0 };
  while (at.offset < bytes.length) {
    const tag = readVarint(bytes, at);
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case varint:
        yield { number, value: readVarint(bytes, at) };
        break;
      case lengthPrefixed: {
        const length = readVarint(bytes, at);
        yield { number, value: take(bytes, at, length) };
        break;
      }
      case fixed64:
        take(bytes, at, 8);
        break;
      case fixed32:
        take(bytes, at, 4);
        break;
      default:
        throw new RangeError(`field ${number} has a wire type that is not used any more`);
    }
  }
}

function take(bytes: Buffer, at: { offset: number }, length: number): Buffer {
  const end = at.offset + length;
  if (end > bytes.length) throw new RangeError('a field is longer than its message');
  const part = bytes.subarray(at.offset, end);
  at.offset = end;
  return part;
}

/** Seven bits a byte, the lowest first. Numbers beyond 2^53 lose their last digits, which no field here needs. */
function readVarint(bytes: Buffer, at: { offset: number }): number {
  let value = 0;
  for (let place = 0; place < 10; place++) {
    const byte = bytes[at.offset++];
    if (byte === undefined) throw new RangeError('the message ends within a number');
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return value;
  }
  throw new RangeError('a number is longer than 10 bytes');
}

/** The bytes of a field that is a text or a message, and may be given several times. */
export function* bytesAt(message: Buffer, number: number): Generator<Buffer> {
  for (const field of fieldsOf(message)) {
    if (field.number === number && typeof field.value !== 'number') yield field.value;
  }
}

/** The text of a field, empty when it is not there; of several the last counts. */
export function textAt(message: Buffer, number: number): string {
  let text = '';
  for (const bytes of bytesAt(message, number)) text = bytes.toString('utf8');
  return text;
}

/** An inner message. Where it is given in pieces they are one message (the rule of the format for merging). */
export function messageAt(message: Buffer, number: number): Buffer {
  return Buffer.concat([...bytesAt(message, number)]);
}

/** Writes a field that is a text or a message. */
export function lengthField(number: number, content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return Buffer.concat([varintBytes(number * 8 + lengthPrefixed), varintBytes(bytes.length), bytes]);
}

/** Writes a field that is a number. Zero, which an absent field stands for, is not written. */
export function numberField(number: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varintBytes(number * 8), varintBytes(value)]);
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
