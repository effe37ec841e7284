import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { CurfewError } from '../../core/errors.ts';
import type { XmlLimits } from './xml.ts';

const inflate = promisify(inflateRaw);

/** The XML in a form field of the POST binding (SAML 2.0 bindings, section 3.5.4). @throws CurfewError `sign_in_refused` */
export function decodePosted(field: string, limits: XmlLimits): string {
  return utf8(bytesOf(field, limits));
}

/** The XML in a query of the redirect binding (SAML 2.0 bindings, section 3.4.4.1). @throws CurfewError `sign_in_refused` */
export async function decodeRedirected(parameter: string, limits: XmlLimits): Promise<string> {
  const bytes = bytesOf(parameter, limits);
  try {
    return utf8(await inflate(bytes, { maxOutputLength: limits.mostLetters }));
  } catch (error) {
    if (error instanceof CurfewError) throw error;
    throw refused('it cannot be unpacked');
  }
}

function bytesOf(base64: string, { mostLetters }: XmlLimits): Buffer {
  const packed = base64.replace(/[\r\n\t ]/g, '');
  if (packed.length > mostLetters * 2) throw refused('it is too long');
  if (packed === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) throw refused('it is not in Base64');
  return Buffer.from(packed, 'base64');
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused('it is not in UTF-8');
  }
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The message of the identity provider is refused: ${reason}.`);
}
