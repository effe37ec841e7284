import { SAML, type SamlConfig } from '@node-saml/node-saml';
import { newId } from '../../core/ids.ts';
import type { NameId } from './assertion.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import { nameIdFormats } from './names.ts';
import type { SamlSettings } from './settings.ts';

/** Who Curfew is to an identity provider. */
export interface ServiceProvider {
  readonly entityId: string;
  readonly callbackUrl: string;
  /** The key that it signs with and that is encrypted for, in PEM; undefined when it has none here. */
  readonly key: string | undefined;
}

/** A message to send by redirect, and its id. */
export interface SentMessage {
  readonly id: string;
  readonly location: string;
}

interface Parties {
  readonly idp: IdpMetadata;
  readonly sp: ServiceProvider;
}

/** A request for sign-in (SAML 2.0 core section 3.4.1). */
export async function authnRequest(
  { idp, sp }: Parties,
  settings: Pick<SamlSettings, 'nameIdFormat' | 'authnContexts'>,
  forceAuthn: boolean,
): Promise<SentMessage> {
  const { nameIdFormat, authnContexts } = settings;
  const { library, id } = libraryFor({ idp, sp }, idp.signInUrl, {
    forceAuthn,
    identifierFormat: nameIdFormat === undefined ? null : nameIdFormats[nameIdFormat],
    disableRequestedAuthnContext: authnContexts.length === 0,
    authnContext: [...authnContexts],
  });
  // The answer brings the RelayState back, which tells it apart from those to other requests of the same browser.
  return { id, location: await library.getAuthorizeUrlAsync(id, undefined, {}) };
}

/** A request for logout (section 3.7.1), to a place that takes some. */
export async function logoutRequest(
  parties: Parties,
  place: string,
  user: { nameId: NameId; sessionIndex: string | undefined },
  relayState: string,
): Promise<SentMessage> {
  const { library, id } = libraryFor(parties, place);
  const { value, format, nameQualifier, spNameQualifier } = user.nameId;
  const profile = {
    issuer: parties.idp.entityId,
    nameID: value,
    nameIDFormat: format,
    ...(nameQualifier === undefined ? {} : { nameQualifier }),
    ...(spNameQualifier === undefined ? {} : { spNameQualifier }),
    ...(user.sessionIndex === undefined ? {} : { sessionIndex: user.sessionIndex }),
  };
  return { id, location: await library.getLogoutUrlAsync(profile, relayState, {}) };
}

/** The answer to a request for logout (section 3.7.2). */
export async function logoutResponse(
  parties: Parties,
  place: string,
  answered: { requestId: string; relayState: string | undefined; done: boolean },
): Promise<SentMessage> {
  const { library, id } = libraryFor(parties, place);
  const request = { ID: answered.requestId, issuer: parties.idp.entityId, nameID: '', nameIDFormat: '' };
  const { relayState = '', done } = answered;
  return { id, location: await library.getLogoutResponseUrlAsync(request, relayState, {}, done) };
}

/** The library made for one message, whose id is told beforehand. It signs when there is a key. */
function libraryFor(
  { idp, sp }: Parties,
  place: string,
  options: Partial<SamlConfig> = {},
): { library: SAML; id: string } {
  // An ID of XML must not begin with a digit.
  const id = `_${newId()}`;
  const library = new SAML({
    issuer: sp.entityId,
    callbackUrl: sp.callbackUrl,
    entryPoint: place,
    logoutUrl: place,
    idpCert: [...idp.certificates],
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    generateUniqueId: () => id,
    ...(sp.key === undefined ? {} : { privateKey: sp.key }),
    ...options,
  });
  return { library, id };
}
