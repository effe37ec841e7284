import type { Selector } from '../../client/operations.ts';
import { formatAge } from '../durations.ts';
import { selectorText } from '../selector-text.ts';
import type { Colors } from '../terminal.ts';
import { bars, fitted, shortened } from './cells.ts';
import type { Order, Seen } from './watched.ts';

/** What the lines are made from. */
export interface Drawing {
  readonly seen: Seen;
  readonly url: string;
  readonly now: number;
  readonly columns: number;
  readonly colors: Colors;
}

const labelWidth = 14;
const whole = new Intl.NumberFormat('en');

export function countText(count: number | undefined): string {
  return count === undefined ? '…' : whole.format(count);
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** The lines above the list: how many, what comes and goes, where they are, the last cut, who is still trying. */
export function overviewLines(drawing: Drawing): string[] {
  const { seen, columns, colors } = drawing;
  const lines = [headLine(drawing), numbersLine(drawing)];
  const fact = (label: string, text: string | undefined, paint: (text: string) => string = String): void => {
    if (text === undefined || text === '') return;
    const room = Math.max(0, columns - labelWidth);
    lines.push(`${colors.dim(fitted(label, Math.min(labelWidth, columns)))}${paint(shortened(text, room))}`);
  };
  const { timeline, refusals, revocations } = seen;
  if (timeline !== undefined) {
    const room = Math.max(0, columns - labelWidth);
    const ended = timeline.total.begun.map((_count, bucket) =>
      Object.values(timeline.total.ended).reduce((total, counts) => total + (counts[bucket] ?? 0), 0),
    );
    fact('sign-ins', bars(timeline.total.begun).slice(-room), colors.cyan);
    fact('ended', bars(ended).slice(-room), colors.red);
    fact('providers', sharesText(timeline.providers.map(providerShare)));
    if (timeline.realms.length > 1) {
      fact('realms', sharesText(timeline.realms.map(({ realm, live }) => [realm, live.at(-1) ?? 0])));
    }
  }
  fact('last cut', cutText(revocations?.[0], drawing.now));
  fact(
    'still trying',
    refusals?.addresses
      .map(({ ip, uses, usernames }) => `${ip ?? '?'} ${uses}× ${usernames[0] ?? ''}`)
      .join(' · '),
    colors.yellow,
  );
  if (seen.trouble !== undefined) lines.push(colors.yellow(shortened(seen.trouble, columns)));
  return lines;
}

function headLine({ seen, url, now, columns, colors }: Drawing): string {
  const { connection, node, nodes } = seen;
  const silent = nodes?.nodes.filter(({ isSilent }) => isSilent).length ?? 0;
  const states = { connecting: 'connecting', live: 'live', lost: 'connection lost' };
  const state = silent === 0 ? states[connection] : `${states[connection]}, ${silent} silent`;
  const isWell = connection === 'live' && silent === 0;
  const others = nodes === undefined || nodes.nodes.length < 2 ? '' : `, ${nodes.nodes.length} nodes`;
  const where = `curfew top  ${url}${node === undefined ? '' : ` (${node}${others})`}`;
  const right = `${state}  ${new Date(now).toISOString().slice(11, 19)}Z`;
  if (columns <= right.length + 12) return shortened(`curfew top  ${state}`, columns);
  const left = fitted(where, columns - right.length - 2);
  return `${colors.bold(left)}  ${(isWell ? colors.green : colors.yellow)(right)}`;
}

function numbersLine({ seen, columns, colors }: Drawing): string {
  const { live, timeline, refusals } = seen;
  const parts = [`${countText(live)} live`];
  if (timeline !== undefined) {
    const gone = Object.values(timeline.total.ended).reduce((total, counts) => total + sum(counts), 0);
    parts.push(`${countText(sum(timeline.total.begun))} signed in and ${countText(gone)} ended in 15 min`);
  }
  if (refusals !== undefined) parts.push(`${countText(refusals.uses)} uses of ended sessions in 24 h`);
  return colors.bold(shortened(parts.join('   '), columns));
}

type Share = readonly [name: string, count: number];

function providerShare({ provider, live }: NonNullable<Seen['timeline']>['providers'][number]): Share {
  return [`${provider.type}/${provider.name}`, live.at(-1) ?? 0];
}

/** The greatest shares first; those of one name, as of two realms, are one. */
function sharesText(shares: readonly Share[]): string {
  const joined = new Map<string, number>();
  for (const [name, count] of shares) joined.set(name, (joined.get(name) ?? 0) + count);
  return [...joined]
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${countText(count)}`)
    .join(' · ');
}

function cutText(cut: NonNullable<Seen['revocations']>[number] | undefined, now: number): string {
  if (cut === undefined) return 'none yet';
  const { seq, at, matched, reason, by, sweep } = cut;
  const marked = sweep.sweptAt === null && matched > 0 ? `, ${countText(sweep.swept)} marked` : '';
  return `${seq}, ${formatAge(at, now)}: ${countText(matched)} ended${marked} by ${by.name}, ${JSON.stringify(reason)}`;
}

const orders: Readonly<Record<Order, string>> = {
  '-createdAt': 'newest first',
  createdAt: 'oldest first',
  '-lastAccessAt': 'last used first',
  lastAccessAt: 'longest unused first',
};

/** The order after one, as a key goes through them. */
export function nextOrder(order: Order): Order {
  const all = Object.keys(orders) as Order[];
  return all[(all.indexOf(order) + 1) % all.length] as Order;
}

/** The line that says what is listed. */
export function listLine({ seen, columns, colors }: Drawing, selector: Selector, order: Order): string {
  const filter = Object.keys(selector).length === 0 ? 'all sessions' : selectorText(selector);
  const text = `${countText(seen.matched)} of ${filter}, ${orders[order]}`;
  return colors.bold(shortened(text, columns));
}
