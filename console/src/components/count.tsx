import { formatCount, formatShort } from '../format.ts';

export interface CountProps {
  readonly value: number;
  /** Shows `1.2M` instead of `1,234,567`, which is then told on hover. */
  readonly short?: boolean;
}

/** A number of things. */
export function Count({ value, short = false }: CountProps) {
  return short ? (
    <data class="count" value={String(value)} title={formatCount(value)}>
      {formatShort(value)}
    </data>
  ) : (
    <data class="count" value={String(value)}>
      {formatCount(value)}
    </data>
  );
}
