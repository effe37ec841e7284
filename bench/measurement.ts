/** A number with its unit, such as 31,250 checks/s. */
export interface Quantity {
  readonly value: number;
  readonly unit: string;
}

/** What has to hold for a ratio: ours divided by what it is held against. */
export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** One number of ours, held against a peer measured in the same run or against a limit. */
export interface Measurement {
  readonly what: string;
  readonly ours: Quantity;
  /** The peer or limit, in the unit of ours. */
  readonly against: { readonly name: string; readonly value: number };
  /** Ours divided by the other. */
  readonly ratio: number;
  /** Without one the line only informs. */
  readonly bar?: Bar;
  /** Undefined when there is no bar. */
  readonly isMet?: boolean;
  /** How it was taken, or what speaks against it: a sentence. */
  readonly note?: string;
}

/** Puts a measurement together. The ratio decides whether the bar is met, unless `holds` says that something else was wrong. */
export function measured(parts: {
  what: string;
  ours: Quantity;
  against: { name: string; value: number };
  bar?: Bar;
  note?: string;
  holds?: boolean;
}): Measurement {
  const { holds = true, ...rest } = parts;
  const ratio = parts.ours.value / parts.against.value;
  return {
    ...rest,
    ratio,
    ...(parts.bar === undefined ? {} : { isMet: holds && fulfils(ratio, parts.bar) }),
  };
}

/** A measurement against a fixed limit: ours must not be greater. */
export function withinLimit(
  what: string,
  ours: Quantity,
  limit: number,
  more: { note?: string; holds?: boolean } = {},
): Measurement {
  return measured({ what, ours, against: { name: 'limit', value: limit }, bar: { atMost: 1 }, ...more });
}

function fulfils(ratio: number, bar: Bar): boolean {
  return 'atLeast' in bar ? ratio >= bar.atLeast : ratio <= bar.atMost;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value below or at which so many per cent of the values lie, by the nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}
