import type { IncomingMessage } from 'node:http';
import { readJson } from '../http/json-body.ts';
import { Refusal } from './answer.ts';

/** As much as Kibana takes by default: 1 MiB. */
const limit = 1024 * 1024;

/**
 * The payload of a request: null without one, a flat object for a form, else the JSON value.
 * @throws Refusal 400 for malformed JSON, 413 beyond the limit, 415 for another content type
 */
export async function readPayload(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return null;
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase();
  switch (type) {
    case 'application/json':
      return parse(bytes);
    case 'application/x-www-form-urlencoded':
      return Object.fromEntries(new URLSearchParams(bytes.toString('utf8')));
    default:
      throw new Refusal(415, 'Unsupported Media Type');
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return readJson(bytes);
  } catch {
    throw new Refusal(400, 'Invalid request payload JSON format');
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    // The rest is read and dropped, so that the client gets to read the answer.
    if (length <= limit) parts.push(part);
  }
  if (length > limit) {
    throw new Refusal(413, `Payload content length greater than maximum allowed: ${limit}`);
  }
  return Buffer.concat(parts);
}
