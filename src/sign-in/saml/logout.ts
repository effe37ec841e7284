import { CurfewError } from '../../core/errors.ts';
import type { ProviderAnswer } from '../provider.ts';
import { instantOf, type NameId, readNameId } from './assertion.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import { decodePosted, decodeRedirected } from './message-encoding.ts';
import { namespaces, statusSuccess } from './names.ts';
import { readRedirected } from './redirect-signature.ts';
import { decrypted, logoutLimits, type ReadXml, readUnproven, verifiedXml } from './signed-xml.ts';
import { childOf, childrenOf, readXml } from './xml.ts';

/** A message of the identity provider about logout, whose signature has been checked. */
export type LogoutMessage =
  | {
      readonly kind: 'request';
      readonly id: string;
      readonly nameId: NameId;
      readonly sessionIndexes: readonly string[];
      /** Epoch milliseconds from which it would be refused as too old. */
      readonly endsAt: number;
      readonly relayState: string | undefined;
    }
  | { readonly kind: 'response'; readonly done: boolean; readonly relayState: string | undefined };

export interface LogoutExpectations {
  readonly idp: IdpMetadata;
  readonly logoutUrl: string;
  readonly key: string | undefined;
  readonly allowSha1: boolean;
  readonly now: number;
  readonly clockSkewMs: number;
}

/** An identity provider sends the request at once; an older one has lain about. */
const mostAgeMs = 300_000;

/**
 * Reads a request for logout, or the answer to one, by redirect or post. Either must be signed.
 * @throws CurfewError `sign_in_refused`
 */
export async function readLogoutMessage(
  { url, form }: ProviderAnswer,
  expected: LogoutExpectations,
): Promise<LogoutMessage> {
  const isPosted = form.has('SAMLRequest') || form.has('SAMLResponse');
  const { xml, kind, relayState } = isPosted ? await posted(form, expected) : await redirected(url, expected);
  const { root } = xml;
  const { attributes } = root;
  const expectedName = kind === 'SAMLRequest' ? 'LogoutRequest' : 'LogoutResponse';
  if (root.namespace !== namespaces.protocol || root.name !== expectedName)
    throw refused('it is no message of logout');
  if (attributes.get('Version') !== '2.0') throw refused('it is not one of SAML 2.0');
  // Bindings sections 3.4.5.2 and 3.5.5.2: a signed message says where it was sent.
  if (attributes.get('Destination') !== expected.logoutUrl)
    throw refused('it was sent to another destination');
  const issuer = childOf(root, namespaces.assertion, 'Issuer')?.text.trim();
  if (issuer !== expected.idp.entityId) throw refused('it is of another issuer');
  if (kind === 'SAMLRequest') return { ...(await requestOf(xml, expected)), relayState };
  const status = childOf(root, namespaces.protocol, 'Status');
  const code = status === undefined ? undefined : childOf(status, namespaces.protocol, 'StatusCode');
  return { kind: 'response', done: code?.attributes.get('Value') === statusSuccess, relayState };
}

interface ProvenMessage {
  readonly xml: ReadXml;
  readonly kind: 'SAMLRequest' | 'SAMLResponse';
  readonly relayState: string | undefined;
}

async function posted(form: URLSearchParams, { idp, allowSha1 }: LogoutExpectations): Promise<ProvenMessage> {
  const names = ['SAMLRequest', 'SAMLResponse'] as const;
  const sent = names.flatMap((kind) => form.getAll(kind).map((value) => ({ kind, value })));
  const [only, ...others] = sent;
  if (only === undefined || others.length > 0) throw refused('it holds more than one message');
  const message = readUnproven(decodePosted(only.value, logoutLimits), allowSha1, logoutLimits);
  return {
    xml: await verifiedXml(message, idp.certificates),
    kind: only.kind,
    relayState: form.get('RelayState') ?? undefined,
  };
}

async function redirected(url: URL, { idp, allowSha1 }: LogoutExpectations): Promise<ProvenMessage> {
  const { kind, value, relayState } = readRedirected(url, idp.certificates, allowSha1);
  const text = await decodeRedirected(value, logoutLimits);
  return { xml: { text, root: readXml(text, logoutLimits) }, kind, relayState };
}

/** SAML 2.0 core section 3.7.1. */
async function requestOf(
  xml: ReadXml,
  { now, clockSkewMs, key }: LogoutExpectations,
): Promise<Omit<Extract<LogoutMessage, { kind: 'request' }>, 'relayState'>> {
  const { root } = xml;
  const { attributes } = root;
  const id = attributes.get('ID') ?? '';
  const issuedAt = instantOf(attributes.get('IssueInstant'));
  const until = instantOf(attributes.get('NotOnOrAfter')) ?? Number.POSITIVE_INFINITY;
  if (id === '' || issuedAt === undefined) throw refused('it has no id, or no time of issue');
  const endsAt = Math.min(issuedAt + mostAgeMs, until) + clockSkewMs;
  if (now >= endsAt || issuedAt > now + clockSkewMs)
    throw refused('its time is over, or has not come; compare the clocks');
  const nameId = await nameIdOf(xml, key);
  const sessionIndexes = childrenOf(root, namespaces.protocol, 'SessionIndex').map(({ text }) => text.trim());
  if (nameId.value === '' || sessionIndexes.includes('')) throw refused('it names nobody');
  return { kind: 'request', id, nameId, sessionIndexes, endsAt };
}

async function nameIdOf(xml: ReadXml, key: string | undefined): Promise<NameId> {
  const nameId = childOf(xml.root, namespaces.assertion, 'NameID');
  if (nameId !== undefined) return readNameId(nameId);
  if (childOf(xml.root, namespaces.assertion, 'EncryptedID') === undefined) throw refused('it names nobody');
  if (key === undefined) throw refused('its NameID is encrypted, and Curfew has no key to read it with');
  const [text = ''] = await decrypted(xml, 'EncryptedID', key);
  const hidden = readXml(text, logoutLimits);
  if (hidden.namespace !== namespaces.assertion || hidden.name !== 'NameID') throw refused('it names nobody');
  return readNameId(hidden);
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The message of logout is refused: ${reason}.`);
}
