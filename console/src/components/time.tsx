import { signal } from '@preact/signals';
import { formatDistance, formatTime, formatUtc } from '../format.ts';
import { strings } from '../strings.ts';

/** Moves on every half minute, so that distances stay true. */
const minute = signal(Date.now());
if (globalThis.document !== undefined) setInterval(() => (minute.value = Date.now()), 30_000);

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
      {relative ? formatDistance(at, Math.max(minute.value, Date.now())) : formatTime(at)}
    </time>
  );
}
