import type { SessionItem } from '../client/lists.ts';
import { formatAge, formatInstant } from './durations.ts';
import type { Column } from './table.ts';
import type { Terminal } from './terminal.ts';

/** The columns of a table of sessions; `withEnd` adds how they ended. */
export function sessionColumns({ clock, colors }: Terminal, withEnd: boolean): Column<SessionItem>[] {
  const columns: Column<SessionItem>[] = [
    { title: 'Id', value: ({ id }) => id, whole: true },
    { title: 'Realm', value: ({ realm }) => realm },
    { title: 'User', value: ({ username }) => username },
    { title: 'Provider', value: ({ provider }) => `${provider.type}/${provider.name}` },
    { title: 'App', value: ({ app }) => app, optional: true },
    { title: 'Address', value: ({ client }) => client.ip },
    { title: 'Created', value: ({ createdAt }) => formatInstant(createdAt), optional: true },
    { title: 'Last used', value: ({ lastAccessAt }) => formatAge(lastAccessAt, clock.now()) },
  ];
  if (!withEnd) return columns;
  const paint = (text: string, { ended }: SessionItem) =>
    ended === undefined ? colors.green(text) : colors.red(text);
  return [...columns, { title: 'State', value: stateOf, paint }];
}

/** `live`, or how and when a session ended. */
export function stateOf({ ended }: SessionItem): string {
  if (ended === undefined) return 'live';
  const by = ended.revocation === undefined ? '' : ` by ${ended.revocation}`;
  return `${ended.reason}${by} at ${formatInstant(ended.at)}`;
}
