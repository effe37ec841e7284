import type { StoredSession } from '../../session/store.ts';
import { deadlineText } from '../http/deadline-text.ts';
import { headerList, headerPair, headerText } from '../http/header-text.ts';
import { LiveHeaders } from '../http/live-headers.ts';
import type { headerFamilies } from './settings.ts';

export type HeaderFamily = (typeof headerFamilies)[number];

/** One header that tells an application who is asking. */
interface IdentityHeader {
  readonly name: string;
  readonly family: 'remote' | 'x-auth-request' | 'every';
  readonly value: (session: StoredSession) => string;
}

/** The full name and address of a user, under the names that providers and directories commonly give them. */
export function personOf({ attributes }: Pick<StoredSession, 'attributes'>): {
  readonly name: string;
  readonly email: string;
} {
  return {
    name: attributes.name ?? attributes.displayName ?? '',
    email: attributes.email ?? attributes.mail ?? '',
  };
}

const table: readonly IdentityHeader[] = [
  { name: 'Remote-User', family: 'remote', value: ({ username }) => headerText(username) },
  { name: 'Remote-Groups', family: 'remote', value: ({ accessGroups }) => headerList(accessGroups) },
  { name: 'Remote-Name', family: 'remote', value: (session) => headerText(personOf(session).name) },
  { name: 'Remote-Email', family: 'remote', value: (session) => headerText(personOf(session).email) },
  { name: 'Remote-Realm', family: 'remote', value: ({ realm }) => headerText(realm) },
  {
    name: 'Remote-Provider',
    family: 'remote',
    value: ({ provider }) => headerPair(provider.type, provider.name),
  },
  { name: 'X-Auth-Request-User', family: 'x-auth-request', value: ({ username }) => headerText(username) },
  {
    name: 'X-Auth-Request-Preferred-Username',
    family: 'x-auth-request',
    value: ({ username }) => headerText(username),
  },
  {
    name: 'X-Auth-Request-Groups',
    family: 'x-auth-request',
    value: ({ accessGroups }) => headerList(accessGroups),
  },
  {
    name: 'X-Auth-Request-Email',
    family: 'x-auth-request',
    value: (session) => headerText(personOf(session).email),
  },
  { name: 'Session-Id', family: 'every', value: ({ id }) => id },
];

const expiryHeader = 'Session-Expires';
export const assertionHeader = 'Curfew-Assertion';

/** Every header that an application may trust; a proxy takes each of them from Curfew's answer, never from the client. */
export const identityHeaders: readonly string[] = [
  ...table.map(({ name }) => name),
  expiryHeader,
  assertionHeader,
];

/**
 * Makes the function that gives the identity headers of a session, names and values in turn. All of them are there
 * every time, empty where there is nothing to say, so that a proxy that copies them overwrites what the client sent.
 */
export function identityWriter(
  family: HeaderFamily,
): (session: StoredSession | undefined, deadline: number | null, assertion: string) => string[] {
  const columns = table.map(({ name, family: own, value }) => ({
    name,
    value: own === 'every' || family === 'both' || own === family ? value : undefined,
  }));
  const kept = new LiveHeaders((session) =>
    columns.flatMap(({ name, value }) => [name, value?.(session) ?? '']),
  );
  const ofNobody = columns.flatMap(({ name }) => [name, '']);
  return (session, deadline, assertion) => {
    const headers = (session === undefined ? ofNobody : kept.of(session)).slice();
    headers.push(expiryHeader, deadline === null ? '' : deadlineText(deadline), assertionHeader, assertion);
    return headers;
  };
}
