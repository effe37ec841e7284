import { randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';
import { samlify } from './samlify.ts';

const { SamlLib } = samlify;

/** A key and its certificate, in PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

export async function newKeyPair(name: string): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: name }], { keySize: 2048, algorithm: 'sha256' });
  return { key: made.private, certificate: made.cert };
}

/** The body of a certificate, as metadata holds it. */
export function certificateBody(certificate: string): string {
  return certificate.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
}

const minute = 60_000;
const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol';
const assertion = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
export const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/** Everything that a response says; a test changes what it wants to be wrong. */
export interface ResponseParts {
  issuer: string;
  audience: string;
  recipient: string;
  destination: string | undefined;
  inResponseTo: string;
  /** The InResponseTo of the envelope; undefined leaves it out. */
  envelopeInResponseTo: string | undefined;
  nameId: string;
  nameIdFormat: string;
  /** XML as it is, in place of the NameID. */
  nameIdXml?: string;
  sessionIndex: string | undefined;
  sessionNotOnOrAfter: number | undefined;
  attributes: Readonly<Record<string, readonly string[]>>;
  authnContext: string;
  assertionId: string;
  responseId: string;
  notBefore: number;
  notOnOrAfter: number;
  confirmationNotOnOrAfter: number | undefined;
  authnInstant: number;
  method: string;
  status: string;
  version: string;
  /** XML as it is, within the conditions. */
  conditions: string;
}

/** What is right for a request, with changes. */
export function responseParts(
  parts: Pick<ResponseParts, 'issuer' | 'audience' | 'recipient' | 'inResponseTo'> & Partial<ResponseParts>,
  now: number = Date.now(),
): ResponseParts {
  return {
    destination: parts.recipient,
    envelopeInResponseTo: parts.inResponseTo,
    nameId: 'ana@example.org',
    nameIdFormat: persistent,
    sessionIndex: '_s1',
    sessionNotOnOrAfter: undefined,
    attributes: {},
    authnContext: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    assertionId: `_${randomUUID()}`,
    responseId: `_${randomUUID()}`,
    notBefore: now - minute,
    notOnOrAfter: now + 5 * minute,
    confirmationNotOnOrAfter: now + 5 * minute,
    authnInstant: now,
    method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
    status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
    version: '2.0',
    conditions: '',
    ...parts,
  };
}

/** The response as XML, without a signature. */
export function responseXml(parts: ResponseParts): string {
  const destination = parts.destination === undefined ? '' : ` Destination="${escaped(parts.destination)}"`;
  const answers =
    parts.envelopeInResponseTo === undefined ? '' : ` InResponseTo="${escaped(parts.envelopeInResponseTo)}"`;
  return `<samlp:Response xmlns:samlp="${protocol}" ID="${parts.responseId}" Version="2.0" IssueInstant="${iso(Date.now())}"${destination}${answers}><saml:Issuer xmlns:saml="${assertion}">${escaped(parts.issuer)}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${parts.status}"/></samlp:Status>${assertionXml(parts)}</samlp:Response>`;
}

/** The assertion alone. */
export function assertionXml(parts: ResponseParts): string {
  const nameId =
    parts.nameIdXml ?? `<saml:NameID Format="${parts.nameIdFormat}">${escaped(parts.nameId)}</saml:NameID>`;
  const until =
    parts.confirmationNotOnOrAfter === undefined
      ? ''
      : ` NotOnOrAfter="${iso(parts.confirmationNotOnOrAfter)}"`;
  const session = parts.sessionIndex === undefined ? '' : ` SessionIndex="${escaped(parts.sessionIndex)}"`;
  const end =
    parts.sessionNotOnOrAfter === undefined ? '' : ` SessionNotOnOrAfter="${iso(parts.sessionNotOnOrAfter)}"`;
  const attributes = Object.entries(parts.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${escaped(name)}">${values.map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  return [
    `<saml:Assertion xmlns:saml="${assertion}" ID="${parts.assertionId}" Version="${parts.version}" IssueInstant="${iso(Date.now())}">`,
    `<saml:Issuer>${escaped(parts.issuer)}</saml:Issuer><saml:Subject>${nameId}`,
    `<saml:SubjectConfirmation Method="${parts.method}"><saml:SubjectConfirmationData${until} Recipient="${escaped(parts.recipient)}" InResponseTo="${escaped(parts.inResponseTo)}"/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${iso(parts.notBefore)}" NotOnOrAfter="${iso(parts.notOnOrAfter)}">${parts.audience === '' ? '' : `<saml:AudienceRestriction><saml:Audience>${escaped(parts.audience)}</saml:Audience></saml:AudienceRestriction>`}${parts.conditions}</saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${iso(parts.authnInstant)}"${session}${end}><saml:AuthnContext><saml:AuthnContextClassRef>${parts.authnContext}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    attributes.length === 0
      ? ''
      : `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`,
    '</saml:Assertion>',
  ].join('');
}

/** A request for logout as XML, without a signature. */
export function logoutRequestXml(parts: {
  issuer: string;
  destination: string;
  nameIdXml: string;
  sessionIndexes?: readonly string[];
  issuedAt?: number;
  id?: string;
  notOnOrAfter?: number;
}): string {
  const {
    issuer,
    destination,
    nameIdXml,
    sessionIndexes = [],
    issuedAt = Date.now(),
    id = `_${randomUUID()}`,
  } = parts;
  const until = parts.notOnOrAfter === undefined ? '' : ` NotOnOrAfter="${iso(parts.notOnOrAfter)}"`;
  return `<samlp:LogoutRequest xmlns:samlp="${protocol}" xmlns:saml="${assertion}" ID="${id}" Version="2.0" IssueInstant="${iso(issuedAt)}" Destination="${escaped(destination)}"${until}><saml:Issuer>${escaped(issuer)}</saml:Issuer>${nameIdXml}${sessionIndexes.map((index) => `<samlp:SessionIndex>${escaped(index)}</samlp:SessionIndex>`).join('')}</samlp:LogoutRequest>`;
}

const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

/** Signs the element that an XPath names, by samlify: the signature stands behind its Issuer. */
export function signed(
  xml: string,
  xpath: string,
  { key, certificate }: KeyPair,
  algorithm = rsaSha256,
): string {
  return SamlLib.constructSAMLSignature({
    rawSamlMessage: xml,
    referenceTagXPath: xpath,
    privateKey: key,
    signatureAlgorithm: algorithm,
    signingCert: certificateBody(certificate),
    isBase64Output: false,
    signatureConfig: {
      prefix: 'ds',
      location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
    },
  });
}

export const ofResponse = "/*[local-name(.)='Response']";
export const ofAssertion = "/*[local-name(.)='Response']/*[local-name(.)='Assertion']";
export const ofLogoutRequest = "/*[local-name(.)='LogoutRequest']";

/** The metadata of an identity provider that signs with these certificates. */
export function idpMetadataXml(
  entityId: string,
  base: string,
  certificates: readonly string[],
  { validUntil, logout = true }: { validUntil?: number; logout?: boolean } = {},
): string {
  const keys = certificates.map(
    (certificate) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificateBody(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  );
  const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
  return `<?xml version="1.0"?>
<!-- made for a test -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${escaped(entityId)}"${validUntil === undefined ? '' : ` validUntil="${iso(validUntil)}"`}><md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="${protocol}">${keys.join('')}${logout ? `<md:SingleLogoutService Binding="${redirect}" Location="${base}/slo"/>` : ''}<md:SingleSignOnService Binding="${redirect}" Location="${base}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>
`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
