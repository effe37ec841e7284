import { quoteWord } from '../../core/ibm-shell/words.ts';
import { visible } from '../../core/visible.ts';
import type { Cut, Found, Refreshed, SessionFacts } from './sessions.ts';

/** A name as it is printed: one word that no line breaks in, and that can be typed again as it stands. */
export function nameText(name: string): string {
  return quoteWord(visible(name));
}

/** Rows of cells in aligned columns, two blanks apart; one row is one line, whatever the cells hold. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const safe = rows.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of safe) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return safe.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] as number))
      .join('  ')
      .trimEnd(),
  );
}

/** A list of sessions: one line each, and how many of how many it shows. */
export function sessionLines({ sessions, matched }: Found): string[] {
  return [...columns(sessions.map(sessionRow)), `${sessions.length} of ${matched} matching sessions shown`];
}

function sessionRow({ id, username, provider, client, createdAt, lastAccessAt }: SessionFacts): string[] {
  return [
    id,
    nameText(username),
    nameText(`${provider.type}/${provider.name}`),
    client.ip ?? '-',
    createdAt,
    lastAccessAt,
  ];
}

/** What an order to end sessions did; `whose` is such as `of dlucas in the realm ibm.com`. */
export function cutText({ matched, revocations, users, warning }: Cut, whose: string): string {
  if (matched === 0) return `CTGSI0312W Warning: 0 sessions matched. ${visible(warning ?? '')}`.trimEnd();
  const [first, last] = [revocations[0], revocations.at(-1)];
  const entries = first === last ? `revocation ${first}` : `revocations ${first} to ${last}`;
  const of = users === undefined ? whose : `of ${amount(users, 'user')} ${whose}`;
  return `${amount(matched, 'session')} ${of} ${matched === 1 ? 'was' : 'were'} terminated (${entries}).`;
}

/** What reading credentials anew did. */
export function refreshText({ sessions, read, sources }: Refreshed, whose: string): string {
  if (sessions === 0) return `CTGSI0312W Warning: 0 sessions matched. There is no live session ${whose}.`;
  const parts: string[] = [];
  if (read > 0) parts.push(`the credential of ${read} was read anew from ${sources.join(' and ')}`);
  if (read < sessions) {
    parts.push(`${sessions - read} came from where nothing can be read, so only the last access moved`);
  }
  return `DPWWA2043I ${amount(sessions, 'session')} ${whose} refreshed: ${parts.join('; ')}.`;
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
