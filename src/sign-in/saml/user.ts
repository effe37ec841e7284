import { CurfewError } from '../../core/errors.ts';
import type { StoredSession } from '../../session/store.ts';
import { accessGroupsOf } from '../mapping.ts';
import type { SignedInUser } from '../provider.ts';
import type { Assertion, NameId } from './assertion.ts';
import { nameIdFormats } from './names.ts';
import type { SamlSettings } from './settings.ts';

/**
 * The user whom an assertion speaks of.
 * @throws CurfewError `sign_in_refused` naming the attribute that is missing or cannot be taken
 */
export function userOf(assertion: Assertion, settings: SamlSettings): SignedInUser {
  const { nameId, sessionIndex, attributes } = assertion;
  const { usernameAttribute } = settings;
  const username = usernameAttribute === undefined ? nameId?.value : attributes.get(usernameAttribute)?.[0];
  if (username === undefined) {
    throw refused(
      usernameAttribute === undefined
        ? 'the identity provider tells no NameID, which is to be the username; set usernameAttribute'
        : `the identity provider tells no attribute ${usernameAttribute}, which is to be the username`,
    );
  }
  const subject = subjectOf(nameId);
  return {
    username: demandName(username, usernameAttribute ?? 'NameID'),
    ...(subject === undefined ? {} : { subject: demandName(subject, 'NameID') }),
    accessGroups: accessGroupsOf(attributes.get(settings.groupsAttribute) ?? [], settings),
    claims: {
      ...Object.fromEntries(attributes),
      ...(nameId === undefined ? {} : { NameID: [nameId.value] }),
    },
    attributes: { ...keptAttributes(assertion, settings), ...factsOf(assertion), ...keptNameId(nameId) },
    answerId: `${assertion.issuer} ${assertion.id}`,
    ...(sessionIndex === undefined || !isKey(sessionIndex) ? {} : { providerSession: sessionIndex }),
    ...(assertion.sessionEndsAt === undefined ? {} : { endsAt: assertion.sessionEndsAt }),
  };
}

/** A transient NameID is another each time, so it is nobody's id. */
export function subjectOf(nameId: NameId | undefined): string | undefined {
  return nameId === undefined || nameId.format === nameIdFormats.transient ? undefined : nameId.value;
}

/** The NameID by which a session was made, as the identity provider must be told it at logout. */
export function nameIdOfSession({ subject, attributes }: StoredSession): NameId {
  return {
    value: attributes.nameId ?? subject,
    format: attributes.nameIdFormat ?? nameIdFormats.unspecified,
    nameQualifier: attributes.nameQualifier,
    spNameQualifier: attributes.spNameQualifier,
  };
}

/** What `nameIdOfSession` needs; the NameID itself is the subject unless it is transient. */
function keptNameId(nameId: NameId | undefined): Record<string, string> {
  if (nameId === undefined) return {};
  const { value, format, nameQualifier, spNameQualifier } = nameId;
  return {
    nameIdFormat: format,
    ...(format === nameIdFormats.transient ? { nameId: value } : {}),
    ...(nameQualifier === undefined ? {} : { nameQualifier }),
    ...(spNameQualifier === undefined ? {} : { spNameQualifier }),
  };
}

function factsOf({ authnContext, authenticatedAt, sessionIndex }: Assertion): Record<string, string> {
  return {
    ...(authnContext === undefined ? {} : { acr: authnContext }),
    ...(authenticatedAt === undefined ? {} : { authTime: new Date(authenticatedAt).toISOString() }),
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
  };
}

function keptAttributes(
  { attributes: told }: Assertion,
  { attributes }: SamlSettings,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, source]) => {
      const values = told.get(source) ?? [];
      return values.length === 0 ? [] : [[name, values.join(' ').slice(0, 4096)]];
    }),
  );
}

function demandName(name: string, source: string): string {
  if (isName(name)) return name;
  throw refused(`${source} is empty, longer than 1024 letters, or holds control characters`);
}

/** Only such names can be kept, and named by a selector. */
function isName(name: string): boolean {
  return name !== '' && name.length <= 1024 && !/[\p{Cc}\p{Cs}]/u.test(name);
}

function isKey(sessionIndex: string): boolean {
  return isName(sessionIndex) && Buffer.byteLength(sessionIndex) <= 512;
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The sign-in is refused: ${reason}.`);
}
