import { X509Certificate } from 'node:crypto';
import { CurfewError } from '../../core/errors.ts';
import { isProtectedUrl } from '../protected-url.ts';
import { bindings, namespaces } from './names.ts';
import { mostMetadata } from './settings.ts';
import { childOf, childrenOf, readXml, type XmlElement } from './xml.ts';

/** What the metadata of an identity provider says of it. */
export interface IdpMetadata {
  readonly entityId: string;
  /** Where requests for authentication go, by redirect. */
  readonly signInUrl: string;
  /** Where requests for logout go, and answers to its own, by redirect; undefined without single logout. */
  readonly logoutUrl: string | undefined;
  readonly logoutResponseUrl: string | undefined;
  /** The certificates that it signs with, in PEM; several while it changes its key. */
  readonly certificates: readonly string[];
  readonly wantsSignedRequests: boolean;
  /** Epoch milliseconds after which it must not be used; undefined when it does not say. */
  readonly validUntil: number | undefined;
}

/**
 * Reads the metadata of an identity provider (SAML 2.0 metadata, section 2.4.3).
 * @param wanted the entity id, where the document holds several
 * @throws CurfewError `provider_unavailable` saying what it lacks
 */
export function readIdpMetadata(text: string, wanted?: string): IdpMetadata {
  const root = read(text);
  const entity = entityOf(root, wanted);
  const entityId = entity.attributes.get('entityID') ?? '';
  if (entityId === '') throw unusable('its entity has no entityID');
  const role = childOf(entity, namespaces.metadata, 'IDPSSODescriptor');
  if (role === undefined) throw unusable(`${entityId} is no identity provider: it has no IDPSSODescriptor`);
  const signInUrl = endpoint(role, 'SingleSignOnService')?.location;
  if (signInUrl === undefined) throw unusable(`${entityId} takes no requests for sign-in by redirect`);
  const logout = endpoint(role, 'SingleLogoutService');
  return {
    entityId,
    signInUrl,
    logoutUrl: logout?.location,
    logoutResponseUrl: logout?.response ?? logout?.location,
    certificates: certificatesOf(role, entityId),
    wantsSignedRequests: /^(true|1)$/.test(role.attributes.get('WantAuthnRequestsSigned') ?? ''),
    validUntil: earliest([root, entity, role].flatMap(endOf)),
  };
}

function read(text: string): XmlElement {
  try {
    return readXml(text, { mostLetters: mostMetadata, mostNodes: 20_000, comments: true });
  } catch (error) {
    throw unusable((error as Error).message.replace(/\.$/, ''));
  }
}

function entityOf(root: XmlElement, wanted: string | undefined): XmlElement {
  const isOne = root.namespace === namespaces.metadata && root.name === 'EntityDescriptor';
  const isMany = root.namespace === namespaces.metadata && root.name === 'EntitiesDescriptor';
  if (!isOne && !isMany) throw unusable('its root is no EntityDescriptor');
  const providers = (isOne ? [root] : childrenOf(root, namespaces.metadata, 'EntityDescriptor')).filter(
    (entity) => childrenOf(entity, namespaces.metadata, 'IDPSSODescriptor').length > 0,
  );
  const found = providers.filter(
    (entity) => wanted === undefined || entity.attributes.get('entityID') === wanted,
  );
  const [only, ...others] = found;
  if (only === undefined)
    throw unusable(`it holds no identity provider${wanted === undefined ? '' : ` ${wanted}`}`);
  if (others.length > 0) throw unusable('it holds several identity providers; name one by identityProvider');
  return only;
}

/** The place of a service by redirect. Places that are not protected are passed over, as if they were not there. */
function endpoint(
  role: XmlElement,
  service: string,
): { location: string; response: string | undefined } | undefined {
  for (const { attributes } of childrenOf(role, namespaces.metadata, service)) {
    const location = attributes.get('Location');
    const response = attributes.get('ResponseLocation');
    if (attributes.get('Binding') !== bindings.redirect || location === undefined) continue;
    if (!isProtectedUrl(location) || (response !== undefined && !isProtectedUrl(response))) continue;
    return { location, response };
  }
  return undefined;
}

function certificatesOf(role: XmlElement, entityId: string): string[] {
  const certificates = childrenOf(role, namespaces.metadata, 'KeyDescriptor')
    // Without a use the key serves for both (section 2.4.1.1).
    .filter((key) => (key.attributes.get('use') ?? 'signing') === 'signing')
    .flatMap((key) => childrenOf(key, namespaces.signature, 'KeyInfo'))
    .flatMap((info) => childrenOf(info, namespaces.signature, 'X509Data'))
    .flatMap((data) => childrenOf(data, namespaces.signature, 'X509Certificate'))
    .map(({ text }) => pemOf(text, entityId));
  if (certificates.length === 0) throw unusable(`${entityId} names no certificate that it signs with`);
  return [...new Set(certificates)];
}

function pemOf(base64: string, entityId: string): string {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).toString();
  } catch {
    throw unusable(`a certificate of ${entityId} cannot be read`);
  }
}

function endOf({ attributes }: XmlElement): number[] {
  const text = attributes.get('validUntil');
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? [] : [at];
}

function earliest(instants: readonly number[]): number | undefined {
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function unusable(reason: string): CurfewError {
  return new CurfewError(
    'provider_unavailable',
    `The metadata of the identity provider cannot be used: ${reason}.`,
  );
}
