import { CurfewError } from '../core/errors.ts';

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const durationForm = /^(\d+(ms|s|m|h|d|w))+$/;

/**
 * Reads a duration such as `15m`, `90s` or `1h30m` as milliseconds.
 * @throws CurfewError `invalid_input` naming `where`, such as `--idle`
 */
export function parseDuration(text: string, where: string): number {
  const compact = text.replaceAll(' ', '');
  if (!durationForm.test(compact)) {
    throw invalid(
      where,
      `${JSON.stringify(text)} is not a duration; write one such as 90s, 15m, 1h30m or 7d`,
    );
  }
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+)(ms|s|m|h|d|w)/g))
    total += Number(amount) * units[unit as string]!;
  if (!Number.isSafeInteger(total)) throw invalid(where, `${JSON.stringify(text)} is too long`);
  return total;
}

/**
 * Reads an instant: ISO 8601 with an offset (`2031-05-01T10:00:00Z`), `now`, or a duration before now (`15m ago`).
 * @returns the ISO text in UTC
 * @throws CurfewError `invalid_input` naming `where`
 */
export function parseInstant(text: string, now: number, where: string): string {
  const trimmed = text.trim();
  if (trimmed === 'now') return new Date(now).toISOString();
  const ago = /^(.+?)\s*ago$/.exec(trimmed);
  if (ago !== null) return isoOf(now - parseDuration(ago[1] as string, where), text, where);
  if (durationForm.test(trimmed)) {
    throw invalid(where, `${JSON.stringify(text)} is a duration; for an instant say "${trimmed} ago"`);
  }
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(trimmed)) {
    throw invalid(
      where,
      `${JSON.stringify(text)} is not an instant; write 2031-05-01T10:00:00Z (with Z or an offset), now, or "15m ago"`,
    );
  }
  return isoOf(Date.parse(trimmed), text, where);
}

function isoOf(instant: number, text: string, where: string): string {
  // Outside these years the ISO form has six digits and a sign, which the API does not read.
  const date = new Date(instant);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999)
    throw invalid(where, `${JSON.stringify(text)} is not a date of the calendar`);
  return date.toISOString();
}

/** A duration for people: the two largest units, such as `1h 30m`, `45s`, or `0s`. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let rest = Math.round(ms / 1000) * 1000;
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = units[unit]!;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** An instant for people, in UTC to the second: `2031-05-01 10:00:00Z`. */
export function formatInstant(instant: string | number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** How long ago an instant was, such as `3m ago`, or `in 5m` when it is to come. */
export function formatAge(instant: string | number, now: number): string {
  const age = now - new Date(instant).getTime();
  if (Math.abs(age) < 1000) return 'now';
  return age > 0 ? `${formatDuration(age)} ago` : `in ${formatDuration(-age)}`;
}

function invalid(where: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${where}: ${message}.`, { faults: [{ path: where, message }] });
}
