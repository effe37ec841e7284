/**
 * The milliseconds of `HH:mm:ss` or `mm:ss`, or undefined for anything else. A part may be greater than a clock shows:
 * `00:90:00` is an hour and a half.
 */
export function readTimeout(text: string): number | undefined {
  const match = /^(?:(\d{1,6}):)?(\d{1,6}):(\d{1,6})$/.exec(text);
  if (match === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** A duration as Element writes it: `30:00`, and `1:30:00` from an hour on. Parts of a second are dropped. */
export function writeTimeout(ms: number): string {
  const total = Math.floor(ms / 1000);
  const seconds = twoDigits(total % 60);
  const minutes = twoDigits(Math.floor(total / 60) % 60);
  const hours = Math.floor(total / 3600);
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${minutes}:${seconds}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
