import { signal } from '@preact/signals';
import { formatDistance, formatTime, formatUtc } from '../format.ts';
import { strings } from '../strings.ts';

/** Distances in seconds move on every second, longer ones every five, so that they stay true. */
const everySecond = signal(Date.now());
const everyFive = signal(Date.now());
if (globalThis.document !== undefined) {
  setInterval(() => (everySecond.value = Date.now()), 1000);
  setInterval(() => (everyFive.value = Date.now()), 5000);
}

export interface TimeProps {
  /** ISO 8601 or epoch milliseconds; null and undefined are shown as never. */
  readonly at: string | number | null | undefined;
  /** Shows how long ago it was, or how far ahead it lies. */
  readonly relative?: boolean;
}

/** An instant in the reader's zone, with UTC on hover. */
export function Time({ at, relative = false }: TimeProps) {
  if (at === null || at === undefined) return <span class="quiet">{strings.components.never}</span>;
  const instant = new Date(at).toISOString();
  return (
    <time dateTime={instant} title={relative ? `${formatTime(at)} · ${formatUtc(at)}` : formatUtc(at)}>
      {relative ? distanceTo(at) : formatTime(at)}
    </time>
  );
}

function distanceTo(at: string | number): string {
  const isNear = Math.abs(Date.now() - new Date(at).getTime()) < 60_000;
  // Reading the one or the other has the component shown anew when it moves on.
  return formatDistance(at, Math.max(isNear ? everySecond.value : everyFive.value, Date.now()));
}
