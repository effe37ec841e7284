import { SAML } from '@node-saml/node-saml';
import { CurfewError } from '../../core/errors.ts';
import { decodePosted } from './message-encoding.ts';
import { namespaces, statusSuccess } from './names.ts';
import type { SamlSettings } from './settings.ts';
import { answerLimits, decrypted, type ReadXml, readUnproven } from './signed-xml.ts';
import { childOf, childrenOf, readXml, type XmlElement } from './xml.ts';

export interface ResponseExpectations {
  readonly settings: Pick<SamlSettings, 'signed' | 'allowSha1' | 'requireEncryption'>;
  /** The certificates of the identity provider, in PEM. */
  readonly certificates: readonly string[];
  /** The entity ids of the identity provider and of Curfew. */
  readonly issuer: string;
  readonly audience: string;
  readonly callbackUrl: string;
  readonly inResponseTo: string;
  /** The key that assertions are encrypted for; undefined when Curfew has none. */
  readonly key: string | undefined;
}

/**
 * The assertion in a posted response, from the bytes that the identity provider has signed. What the response says beside
 * is checked where it is there, although it may not be signed: whatever counts must be in the assertion too.
 * @throws CurfewError `sign_in_refused`
 */
export async function readResponse(field: string, expected: ResponseExpectations): Promise<XmlElement> {
  const { settings, key } = expected;
  const message = readUnproven(decodePosted(field, answerLimits), settings.allowSha1, answerLimits);
  checkEnvelope(message.root, expected);
  const encrypted = childrenOf(message.root, namespaces.assertion, 'EncryptedAssertion').length;
  if (encrypted > 0) {
    if (key === undefined) throw refused('it is encrypted, and Curfew has no key to read it with');
    // The ways of signing within are looked at too, which the library leaves undone.
    for (const text of await decrypted(message, 'EncryptedAssertion', key))
      readUnproven(text, settings.allowSha1, answerLimits);
  } else if (settings.requireEncryption) throw refused('its assertion is not encrypted');
  return verifiedAssertion(message, expected);
}

/** SAML 2.0 core section 3.2.2. */
function checkEnvelope(root: XmlElement, { issuer, callbackUrl, inResponseTo }: ResponseExpectations): void {
  const { namespace, name, attributes } = root;
  if (namespace !== namespaces.protocol || name !== 'Response')
    throw refused('it is no response to a request for sign-in');
  if (attributes.get('Version') !== '2.0') throw refused('it is not one of SAML 2.0');
  demandSame(attributes.get('Destination'), callbackUrl, 'it was sent to another destination');
  demandSame(
    attributes.get('InResponseTo'),
    inResponseTo,
    'it is not the answer to the request of this browser',
  );
  demandSame(childOf(root, namespaces.assertion, 'Issuer')?.text.trim(), issuer, 'it is of another issuer');
  const status = childOf(root, namespaces.protocol, 'Status');
  const code = status === undefined ? undefined : childOf(status, namespaces.protocol, 'StatusCode');
  if (code?.attributes.get('Value') === statusSuccess) return;
  const inner = code === undefined ? undefined : childOf(code, namespaces.protocol, 'StatusCode');
  throw refused(`the identity provider says ${statusName(inner ?? code)}`);
}

function demandSame(said: string | undefined, expected: string, otherwise: string): void {
  if (said !== undefined && said !== expected) throw refused(otherwise);
}

/** The last part of a status code, such as `AuthnFailed`. */
function statusName(code: XmlElement | undefined): string {
  const [, name = 'nothing that is known'] =
    /^urn:oasis:names:tc:SAML:2\.0:status:([A-Za-z]{1,40})$/.exec(code?.attributes.get('Value') ?? '') ?? [];
  return name;
}

async function verifiedAssertion(message: ReadXml, expected: ResponseExpectations): Promise<XmlElement> {
  const { settings, certificates, audience, callbackUrl, key } = expected;
  const library = new SAML({
    idpCert: [...certificates],
    issuer: audience,
    callbackUrl,
    wantAssertionsSigned: settings.signed === 'assertion' || settings.signed === 'both',
    wantAuthnResponseSigned: settings.signed === 'response' || settings.signed === 'both',
    // Audience and times are checked in `assertion.ts`, by Curfew's own clock, with much that the library leaves undone.
    audience: false,
    acceptedClockSkewMs: -1,
    ...(key === undefined ? {} : { decryptionPvk: key }),
  });
  const posted = Buffer.from(message.text, 'utf8').toString('base64');
  let signed: string | undefined;
  try {
    const { profile } = await library.validatePostResponseAsync({ SAMLResponse: posted });
    signed = profile?.getAssertionXml?.();
  } catch (error) {
    throw refused(`${(error as Error).message}`, error);
  }
  if (signed === undefined) throw refused('it holds no assertion');
  return readXml(signed, answerLimits);
}

function refused(reason: string, cause?: unknown): CurfewError {
  return new CurfewError(
    'sign_in_refused',
    `The answer of the identity provider is refused: ${reason}.`,
    {},
    { cause },
  );
}
