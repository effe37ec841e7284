import * as nodeSaml from '@node-saml/node-saml/lib/xml.js';
import { CurfewError } from '../../core/errors.ts';
import { namespaces } from './names.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml.ts';

/** XML as text and as it was read from that. */
export interface ReadXml {
  readonly text: string;
  readonly root: XmlElement;
}

/** What an answer may hold: about a thousand groups. Only a browser that has begun a sign-in has one read. */
export const answerLimits: XmlLimits = { mostLetters: 256 * 1024, mostNodes: 4000 };
/** What a message of logout may hold, which anybody may send. */
export const logoutLimits: XmlLimits = { mostLetters: 32 * 1024, mostNodes: 400 };

const signatureAlgorithms: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
]);
const digestAlgorithms: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]);
const sha1Algorithms: ReadonlySet<string> = new Set([
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  'http://www.w3.org/2000/09/xmldsig#sha1',
]);
/** PKCS #1 v1.5 and triple DES are left out: answers to guesses give away what they hide. */
const encryptionAlgorithms: ReadonlySet<string> = new Set([
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  'http://www.w3.org/2009/xmlenc11#rsa-oaep',
]);

/**
 * Reads a message of which nothing is proven yet, for a look at what it claims to be, and refuses ways of signing and
 * encrypting that do not hold. @throws CurfewError `sign_in_refused`
 */
export function readUnproven(text: string, allowSha1: boolean, limits: XmlLimits): ReadXml {
  const root = readXml(text, limits);
  checkAlgorithms(root, allowSha1);
  return { text, root };
}

/**
 * The signed bytes of a message whose root bears a signature of one of these certificates, and of the root alone, read
 * anew. @throws CurfewError `sign_in_refused`
 */
export async function verifiedXml({ text }: ReadXml, certificates: readonly string[]): Promise<ReadXml> {
  try {
    const document = await nodeSaml.parseDomFromString(text);
    const signed = nodeSaml.getVerifiedXml(text, document.documentElement, [...certificates]);
    if (signed !== null) return { text: signed, root: readXml(signed, answerLimits) };
  } catch (error) {
    throw refused(`its signature cannot be checked: ${(error as Error).message}`, error);
  }
  throw refused('it bears no signature of the identity provider');
}

/**
 * The texts of the encrypted elements of a name directly below the root, decrypted.
 * @throws CurfewError `sign_in_refused`, always with the same words, so that nobody learns from them
 */
export async function decrypted(
  { text }: Pick<ReadXml, 'text'>,
  name: string,
  key: string,
): Promise<string[]> {
  try {
    const document = await nodeSaml.parseDomFromString(text);
    const found = nodeSaml.xpath.selectElements(document, `/*/*[local-name()='${name}']`);
    return await Promise.all(found.map((element) => nodeSaml.decryptXml(String(element), key)));
  } catch (error) {
    throw refused('it cannot be decrypted', error);
  }
}

function demandAlgorithm(algorithm: string, allowed: ReadonlySet<string>, allowSha1: boolean): void {
  if (allowed.has(algorithm) || (allowSha1 && sha1Algorithms.has(algorithm))) return;
  const hint = sha1Algorithms.has(algorithm) ? '; the setting allowSha1 would take it' : '';
  throw refused(`it is signed or encrypted by an algorithm that is not taken${hint}`);
}

function checkAlgorithms(element: XmlElement, allowSha1: boolean): void {
  const { namespace, name, attributes } = element;
  const algorithm = attributes.get('Algorithm') ?? '';
  if (namespace === namespaces.encryption && name === 'EncryptionMethod') {
    demandAlgorithm(algorithm, encryptionAlgorithms, false);
    // What is below it hides and proves nothing; the digest of OAEP may be SHA-1 without harm.
    return;
  }
  if (namespace === namespaces.signature && name === 'SignatureMethod') {
    demandAlgorithm(algorithm, signatureAlgorithms, allowSha1);
  }
  if (namespace === namespaces.signature && name === 'DigestMethod') {
    demandAlgorithm(algorithm, digestAlgorithms, allowSha1);
  }
  for (const child of element.children) checkAlgorithms(child, allowSha1);
}

function refused(reason: string, cause?: unknown): CurfewError {
  return new CurfewError(
    'sign_in_refused',
    `The message of the identity provider is refused: ${reason}.`,
    {},
    { cause },
  );
}
