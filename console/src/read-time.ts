import { months } from './format.ts';

const named = /^(\d{1,2})\.?\s+([a-z]{3,9})\.?(?:,?\s+(\d{4}))?(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/i;
const numbered = /^(\d{4})-(\d{2})-(\d{2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/i;
const clockOnly = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const zoned = /^\d{4}-\d{2}-\d{2}[T\s]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}| ?UTC)$/i;

/**
 * The instant that a person has written, in epoch milliseconds: `22 Nov 2026, 14:05`, `2026-11-22 14:05`, a time alone for
 * today, a day alone for its start; in the reader's zone unless the text names one. Undefined where it cannot be read, as
 * `11/12/2026` cannot: nobody could tell the month.
 */
export function readTime(text: string, now: Date = new Date()): number | undefined {
  const wanted = text.trim().replace(/\s+/g, ' ');
  if (zoned.test(wanted)) {
    const at = Date.parse(wanted.replace(/ ?UTC$/i, 'Z').replace(' ', 'T'));
    return Number.isNaN(at) ? undefined : at;
  }
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()] as const;
  const ofDay = named.exec(wanted);
  if (ofDay !== null) {
    const [, day, month = '', year = today[0], ...time] = ofDay;
    return instantAt([Number(year), monthOf(month), Number(day)], time);
  }
  const inNumbers = numbered.exec(wanted);
  if (inNumbers !== null) {
    const [, year, month, day, ...time] = inNumbers;
    return instantAt([Number(year), Number(month), Number(day)], time);
  }
  const [, ...time] = clockOnly.exec(wanted) ?? [];
  return time.length === 0 ? undefined : instantAt(today, time);
}

/** The number of a month by its name, which may be cut short; 0 where there is none. */
function monthOf(name: string): number {
  const wanted = name.toLowerCase();
  const at = months.findIndex((month) => wanted.startsWith(month.toLowerCase()));
  return longNames[at]?.startsWith(wanted) ? at + 1 : 0;
}

const longNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** A day and a time in the reader's zone; undefined for a day that no calendar has. */
function instantAt(
  [year, month, day]: readonly [year: number, month: number, day: number],
  time: readonly (string | undefined)[],
): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = time.map((part) => Number(part ?? 0));
  const at = new Date(year, month - 1, day, hours, minutes, seconds);
  const isReal =
    at.getMonth() === month - 1 && at.getDate() === day && hours < 24 && minutes < 60 && seconds < 60;
  return isReal ? at.getTime() : undefined;
}
