import type { Session } from '../../session/session.ts';

/**
 * When the user of a session authenticated, epoch milliseconds: as the provider told it, else when the session was made.
 * Never after that, for a session comes after its authentication.
 */
export function authenticatedAt({
  attributes,
  createdAt,
}: Pick<Session, 'attributes' | 'createdAt'>): number {
  const told = attributes.authTime === undefined ? Number.NaN : Date.parse(attributes.authTime);
  return Number.isNaN(told) ? createdAt : Math.min(told, createdAt);
}
