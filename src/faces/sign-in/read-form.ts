import type { IncomingMessage } from 'node:http';
import { CurfewError } from '../../core/errors.ts';

/** Enough for a signed answer of SAML with many groups. */
const limit = 512 * 1024;

/**
 * The form in the body of a request.
 * @throws CurfewError `too_large`, `invalid_input` for a body of another kind
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    // The rest is read and dropped, so that the client gets to read the answer.
    if (length <= limit) parts.push(part);
  }
  if (length > limit) throw new CurfewError('too_large', 'The form is larger than any of Curfew is.');
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (length > 0 && type !== 'application/x-www-form-urlencoded') {
    throw new CurfewError('invalid_input', 'A form must be sent as application/x-www-form-urlencoded.');
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
}
