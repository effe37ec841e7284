import { verify } from 'node:crypto';
import { CurfewError } from '../../core/errors.ts';

/** What the redirect binding signs, in the order in which it does (SAML 2.0 bindings, section 3.4.4.1). */
const signedNames = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg'] as const;

const hashes: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'RSA-SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': 'RSA-SHA384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'RSA-SHA512',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256': 'SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384': 'SHA384',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512': 'SHA512',
};
const sha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';

/** The parameters of a signed message, each as the signature covers it. */
export interface RedirectedMessage {
  readonly kind: 'SAMLRequest' | 'SAMLResponse';
  /** Base64 of the packed XML. */
  readonly value: string;
  readonly relayState: string | undefined;
}

/**
 * Reads a message of the redirect binding, whose signature covers the query as it was sent. Every parameter is read from
 * that same query and may be there once only, so that what is checked is what is acted on.
 * @throws CurfewError `sign_in_refused` when it is not signed by one of these certificates
 */
export function readRedirected(
  url: URL,
  certificates: readonly string[],
  allowSha1: boolean,
): RedirectedMessage {
  const sent = parametersOf(url);
  const isRequest = sent.has('SAMLRequest');
  if (isRequest === sent.has('SAMLResponse'))
    throw refused('it holds neither a request nor a response, or both');
  const algorithm = decoded(sent.get('SigAlg'));
  const signature = decoded(sent.get('Signature'));
  if (algorithm === undefined || signature === undefined) throw refused('it is not signed');
  const hash = allowSha1 && algorithm === sha1 ? 'RSA-SHA1' : hashes[algorithm];
  if (hash === undefined) {
    const hint = algorithm === sha1 ? '; the setting allowSha1 would take it' : '';
    throw refused(`it is signed by an algorithm that is not taken${hint}`);
  }
  const signed = signedNames
    .filter((name) => sent.has(name))
    .map((name) => `${name}=${sent.get(name)}`)
    .join('&');
  const bytes = Buffer.from(signature.replace(/[\r\n\t ]/g, ''), 'base64');
  if (!certificates.some((certificate) => isSigned(hash, signed, certificate, bytes))) {
    throw refused('its signature is not that of the identity provider');
  }
  const kind = isRequest ? 'SAMLRequest' : 'SAMLResponse';
  return { kind, value: decoded(sent.get(kind)) as string, relayState: decoded(sent.get('RelayState')) };
}

/** The parameters that matter, still encoded. */
function parametersOf({ search }: URL): Map<string, string> {
  const sent = new Map<string, string>();
  for (const pair of search.slice(1).split('&')) {
    const [encodedName = '', ...value] = pair.split('=');
    const name = decoded(encodedName) as string;
    if (name !== 'Signature' && !signedNames.some((one) => one === name)) continue;
    if (sent.has(name) || name !== encodedName) throw refused(`it holds ${name} twice, or in disguise`);
    sent.set(name, value.join('='));
  }
  return sent;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refused('its query cannot be decoded');
  }
}

function isSigned(hash: string, signed: string, certificate: string, signature: Buffer): boolean {
  try {
    return verify(hash, Buffer.from(signed), certificate, signature);
  } catch {
    // A key of another kind than the algorithm.
    return false;
  }
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The message of the identity provider is refused: ${reason}.`);
}
