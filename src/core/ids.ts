import { randomUUID } from 'node:crypto';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new random UUID, lower case with hyphens. */
export function newId(): string {
  return randomUUID();
}

/**
 * A new UUID of version 7 (RFC 9562, section 5.7), which begins with the present millisecond. Rows that are made together lie
 * together in an index of such ids, so that keeping a session writes one page less. No clock of a test is asked: nothing is
 * ever concluded from the time in it.
 */
export function newSessionId(): string {
  const milliseconds = Date.now().toString(16).padStart(12, '0');
  return [milliseconds.slice(0, 8), milliseconds.slice(8), `7${randomUUID().slice(15)}`].join('-');
}

/** Whether a text is a UUID in lower case with hyphens. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** The 16 bytes of a UUID, as stores keep it. The caller has checked that it is one. */
export function uuidToBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** The text of a UUID from its 32 hexadecimal digits in lower case. */
export function digitsToUuid(hex: string): string {
  // Joined it is one piece of memory, which maps look up in half the time that a text of nine pieces takes.
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
