/**
 * The language of the page, which numbers follow. Dates are put together here, for of `03/04` nobody could tell the month;
 * times are the reader's own.
 */
const language = 'en';

const whole = new Intl.NumberFormat(language);
const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
const distance = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });

/** Such as `1,234,567`. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** Such as `1.2M`. */
export function formatShort(value: number): string {
  return short.format(value);
}

/** The months as dates name them, in their order. */
export const months = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;

/** A day and a time in the reader's zone, such as `4 Mar 2026, 14:05:09`. @param at ISO 8601, or epoch milliseconds */
export function formatTime(at: string | number): string {
  return `${formatDay(at)} ${new Date(at).getFullYear()}, ${formatClock(at)}`;
}

/** The time of the day in the reader's zone, such as `14:05:09`. */
export function formatClock(at: string | number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** A day in the reader's zone, such as `4 Mar`. */
export function formatDay(at: string | number): string {
  const date = new Date(at);
  return `${date.getDate()} ${months[date.getMonth()]}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** Such as `2026-03-04 05:06:07 UTC`. */
export function formatUtc(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** Such as `5 min. ago` or `in 2 hr.`. */
export function formatDistance(at: string | number, now: number = Date.now()): string {
  const ms = new Date(at).getTime() - now;
  const [unit, size] = units.find(([, one]) => Math.abs(ms) >= one) ?? ['second', 1000];
  return distance.format(Math.trunc(ms / size), unit);
}

/** A length of time in two units at most, such as `1 h 30 min`. @param ms milliseconds */
export function formatDuration(ms: number): string {
  if (ms < 1000) return '0 s';
  const names = ['d', 'h', 'min', 's'];
  const parts: string[] = [];
  let rest = ms;
  for (const [index, [, size]] of units.entries()) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${names[index]}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
