/** The language of the page; numbers and dates follow it, times the reader's zone. */
const language = 'en';

const whole = new Intl.NumberFormat(language);
const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
const dateAndTime = new Intl.DateTimeFormat(language, {
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const clock = new Intl.DateTimeFormat(language, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayAndMonth = new Intl.DateTimeFormat(language, { day: '2-digit', month: 'short' });
const distance = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });

/** Such as `1,234,567`. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** Such as `1.2M`. */
export function formatShort(value: number): string {
  return short.format(value);
}

/** A day and a time in the reader's zone. @param at ISO 8601, or epoch milliseconds */
export function formatTime(at: string | number): string {
  return dateAndTime.format(new Date(at));
}

/** The time of the day in the reader's zone. */
export function formatClock(at: string | number): string {
  return clock.format(new Date(at));
}

/** A day in the reader's zone, such as `04 Mar`. */
export function formatDay(at: string | number): string {
  return dayAndMonth.format(new Date(at));
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
