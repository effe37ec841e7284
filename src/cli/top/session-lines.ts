import type { SessionItem } from '../../client/lists.ts';
import { formatAge } from '../durations.ts';
import type { Colors } from '../terminal.ts';
import { fitted } from './cells.ts';

interface ListColumn {
  readonly title: string;
  readonly value: (session: SessionItem, now: number) => string;
  /** How wide it is at least, and its share of what is left. */
  readonly width: number;
  readonly share: number;
  /** The narrowest screen that has room for it. */
  readonly from: number;
}

const columns: readonly ListColumn[] = [
  { title: 'User', value: ({ username }) => username, width: 12, share: 3, from: 0 },
  { title: 'Realm', value: ({ realm }) => realm, width: 8, share: 1, from: 70 },
  {
    title: 'Provider',
    value: ({ provider }) => `${provider.type}/${provider.name}`,
    width: 10,
    share: 2,
    from: 40,
  },
  { title: 'Address', value: ({ client }) => client.ip ?? '-', width: 15, share: 0, from: 58 },
  { title: 'App', value: ({ app }) => app ?? '-', width: 8, share: 1, from: 100 },
  {
    title: 'Signed in',
    value: ({ createdAt }, now) => formatAge(createdAt, now),
    width: 12,
    share: 0,
    from: 84,
  },
  {
    title: 'Last used',
    value: ({ lastAccessAt }, now) => formatAge(lastAccessAt, now),
    width: 12,
    share: 0,
    from: 30,
  },
];

/** The part of the list that fits, with its heading; the row that is chosen is marked. */
export function sessionLines(
  sessions: readonly SessionItem[],
  place: { readonly first: number; readonly chosen: number; readonly room: number },
  { width, now, colors }: { readonly width: number; readonly now: number; readonly colors: Colors },
): string[] {
  const shown = columns.filter(({ from }) => width >= from);
  const left = width - 2 - shown.reduce((total, column) => total + column.width + 1, -1);
  const shares = Math.max(
    1,
    shown.reduce((total, { share }) => total + share, 0),
  );
  const widths = shown.map(
    (column) => column.width + Math.floor((Math.max(0, left) * column.share) / shares),
  );
  const line = (cells: readonly string[]): string =>
    fitted(cells.map((cell, index) => fitted(cell, widths[index] ?? 0)).join(' '), Math.max(0, width - 2));
  const { first, chosen, room } = place;
  return [
    colors.dim(`  ${line(shown.map(({ title }) => title))}`),
    ...sessions.slice(first, first + room).map((session, offset) => {
      const text = line(shown.map(({ value }) => value(session, now)));
      return first + offset === chosen ? colors.inverse(`› ${text}`) : `  ${text}`;
    }),
  ];
}
