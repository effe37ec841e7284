import { CurfewError } from '../../core/errors.ts';
import { bearer, nameIdFormats, namespaces } from './names.ts';
import { childOf, childrenOf, type XmlElement } from './xml.ts';

/** What an assertion that holds says. Instants are epoch milliseconds. */
export interface Assertion {
  readonly id: string;
  readonly issuer: string;
  readonly nameId: NameId | undefined;
  readonly sessionIndex: string | undefined;
  readonly sessionEndsAt: number | undefined;
  readonly authenticatedAt: number | undefined;
  /** AuthnContextClassRef. */
  readonly authnContext: string | undefined;
  /** The values of every attribute by its Name, and by its FriendlyName where no Name is the same. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

export interface NameId {
  readonly value: string;
  readonly format: string;
  readonly nameQualifier: string | undefined;
  readonly spNameQualifier: string | undefined;
}

/** What an assertion must fit. */
export interface Expectations {
  /** The entity id of the identity provider. */
  readonly issuer: string;
  /** The entity id of Curfew. */
  readonly audience: string;
  /** Where it was sent to. */
  readonly recipient: string;
  /** The id of the request that it answers. */
  readonly inResponseTo: string;
  readonly now: number;
  readonly clockSkewMs: number;
}

const conditionNames: ReadonlySet<string> = new Set([
  'AudienceRestriction',
  'OneTimeUse',
  'ProxyRestriction',
]);

/**
 * Reads an assertion whose signature has been checked, by the rules of SAML 2.0 core section 2 and of the browser
 * profile (SAML 2.0 profiles, section 4.1.4.3).
 * @throws CurfewError `sign_in_refused` naming the rule that it breaks
 */
export function readAssertion(element: XmlElement, expected: Expectations): Assertion {
  if (element.namespace !== namespaces.assertion || element.name !== 'Assertion') {
    throw refused('what is signed is no assertion');
  }
  const id = element.attributes.get('ID') ?? '';
  const issuer = child(element, 'Issuer')?.text.trim() ?? '';
  if (element.attributes.get('Version') !== '2.0' || id === '') throw refused('it is not one of SAML 2.0');
  if (issuer !== expected.issuer) throw refused('it is of another issuer');
  checkConditions(element, expected);
  const subject = child(element, 'Subject');
  checkConfirmation(subject, expected);
  return {
    id,
    issuer,
    nameId: nameIdOf(subject),
    ...authenticationOf(element, expected),
    attributes: attributesOf(element),
  };
}

/** Core section 2.5. What is not known must be taken as not fulfilled. */
function checkConditions(element: XmlElement, { audience, ...expected }: Expectations): void {
  const conditions = child(element, 'Conditions');
  if (conditions === undefined) throw refused('it has no conditions');
  checkTime(conditions, expected);
  for (const { namespace, name } of conditions.children) {
    if (namespace !== namespaces.assertion || !conditionNames.has(name))
      throw refused('it has a condition that is not known');
  }
  const restrictions = childrenOf(conditions, namespaces.assertion, 'AudienceRestriction');
  if (restrictions.length === 0) throw refused('it names no audience');
  for (const restriction of restrictions) {
    const audiences = childrenOf(restriction, namespaces.assertion, 'Audience').map(({ text }) =>
      text.trim(),
    );
    if (!audiences.includes(audience)) throw refused('it is for another audience');
  }
}

/** One bearer confirmation must hold: for this place, in answer to this request, and in time. */
function checkConfirmation(subject: XmlElement | undefined, expected: Expectations): void {
  const reasons: CurfewError[] = [];
  const confirmations =
    subject === undefined ? [] : childrenOf(subject, namespaces.assertion, 'SubjectConfirmation');
  for (const confirmation of confirmations) {
    if (confirmation.attributes.get('Method') !== bearer) continue;
    try {
      checkBearer(child(confirmation, 'SubjectConfirmationData'), expected);
      return;
    } catch (error) {
      if (!(error instanceof CurfewError)) throw error;
      reasons.push(error);
    }
  }
  throw reasons[0] ?? refused('nobody who bears it is its subject');
}

function checkBearer(data: XmlElement | undefined, expected: Expectations): void {
  if (data === undefined) throw refused('it does not say to whom it was sent');
  if (data.attributes.get('Recipient') !== expected.recipient)
    throw refused('it was sent to another recipient');
  if (data.attributes.get('InResponseTo') !== expected.inResponseTo) {
    throw refused('it is not the answer to the request of this browser');
  }
  if (!data.attributes.has('NotOnOrAfter')) throw refused('it does not say until when it may be sent');
  checkTime(data, expected);
}

function checkTime(
  { attributes }: XmlElement,
  { now, clockSkewMs }: Pick<Expectations, 'now' | 'clockSkewMs'>,
): void {
  const from = instantOf(attributes.get('NotBefore'));
  const until = instantOf(attributes.get('NotOnOrAfter'));
  if (from !== undefined && now + clockSkewMs < from)
    throw refused('its time has not come; compare the clocks');
  if (until !== undefined && now - clockSkewMs >= until)
    throw refused('its time is over; compare the clocks');
}

/** Core section 2.7.2. */
function authenticationOf(
  element: XmlElement,
  { now, clockSkewMs }: Expectations,
): Pick<Assertion, 'sessionIndex' | 'sessionEndsAt' | 'authenticatedAt' | 'authnContext'> {
  const [statement] = childrenOf(element, namespaces.assertion, 'AuthnStatement');
  if (statement === undefined) throw refused('it does not say that the user has authenticated');
  const context = child(statement, 'AuthnContext');
  const sessionEndsAt = instantOf(statement.attributes.get('SessionNotOnOrAfter'));
  if (sessionEndsAt !== undefined && now - clockSkewMs >= sessionEndsAt) throw refused('its session is over');
  return {
    sessionIndex: statement.attributes.get('SessionIndex'),
    sessionEndsAt,
    authenticatedAt: instantOf(statement.attributes.get('AuthnInstant')),
    authnContext: context === undefined ? undefined : child(context, 'AuthnContextClassRef')?.text.trim(),
  };
}

function nameIdOf(subject: XmlElement | undefined): NameId | undefined {
  if (subject === undefined) return undefined;
  if (childrenOf(subject, namespaces.assertion, 'EncryptedID').length > 0) {
    throw refused('its NameID is encrypted by itself; let the identity provider encrypt the whole assertion');
  }
  const nameId = child(subject, 'NameID');
  return nameId === undefined ? undefined : readNameId(nameId);
}

/** Core section 2.2.2. */
export function readNameId({ text, attributes, children }: XmlElement): NameId {
  if (children.length > 0) throw refused('its NameID holds more than a text');
  return {
    value: text.trim(),
    format: attributes.get('Format') ?? nameIdFormats.unspecified,
    nameQualifier: attributes.get('NameQualifier'),
    spNameQualifier: attributes.get('SPNameQualifier'),
  };
}

function attributesOf(element: XmlElement): Map<string, readonly string[]> {
  const byName = new Map<string, string[]>();
  const byFriendlyName = new Map<string, string[]>();
  const add = (to: Map<string, string[]>, name: string | undefined, values: readonly string[]): void => {
    if (name !== undefined && name !== '') to.set(name, [...(to.get(name) ?? []), ...values]);
  };
  for (const statement of childrenOf(element, namespaces.assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, namespaces.assertion, 'Attribute')) {
      const values = childrenOf(attribute, namespaces.assertion, 'AttributeValue')
        .map((value) => attributeValue(value))
        .filter((value) => value !== '');
      add(byName, attribute.attributes.get('Name'), values);
      add(byFriendlyName, attribute.attributes.get('FriendlyName'), values);
    }
  }
  return new Map([...byFriendlyName, ...byName]);
}

/** A value is a text, or a NameID as that of eduPersonTargetedID. */
function attributeValue({ text, children }: XmlElement): string {
  const [only, ...others] = children;
  if (only === undefined) return text.trim();
  const isNameId = only.namespace === namespaces.assertion && only.name === 'NameID';
  return isNameId && others.length === 0 ? only.text.trim() : '';
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return childOf(element, namespaces.assertion, name);
}

/** Core section 1.3.3: instants are in UTC. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$/.test(text)
    ? Date.parse(text.endsWith('Z') ? text : `${text}Z`)
    : Number.NaN;
  if (Number.isNaN(at)) throw refused('it names an instant that cannot be read');
  return at;
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The assertion is refused: ${reason}.`);
}
