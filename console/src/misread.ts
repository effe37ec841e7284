/** A part of an address that was not understood: an unknown name, or a name with a value that cannot be read. */
export interface Misread {
  readonly name: string;
  readonly value: string;
  readonly why: 'unknown' | 'unreadable' | 'twice';
}

/** For each name that an address may hold, whether a value of it can be read. */
export type Readers = Readonly<Record<string, (value: string) => boolean>>;

/**
 * What a view would pass over in its address. To pass over a condition shows more than was meant, which nobody must find out
 * after a cut.
 */
export function misreadIn(query: URLSearchParams, readers: Readers): Misread[] {
  const seen = new Set<string>();
  const found: Misread[] = [];
  for (const [name, value] of query) {
    const canRead = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (canRead === undefined) found.push({ name, value, why: 'unknown' });
    else if (seen.has(name)) found.push({ name, value, why: 'twice' });
    else if (!canRead(value)) found.push({ name, value, why: 'unreadable' });
    seen.add(name);
  }
  return found;
}

/** The address without what was not understood. */
export function withoutMisread(query: URLSearchParams, readers: Readers): URLSearchParams {
  const seen = new Set<string>();
  const kept = [...query].filter(([name, value]) => {
    const isFirst = !seen.has(name);
    seen.add(name);
    return isFirst && Object.hasOwn(readers, name) && readers[name]?.(value) === true;
  });
  return new URLSearchParams(kept);
}

/** The query of a view together with what was not understood, which stays until somebody takes it away. */
export function withMisread(
  known: Readonly<Record<string, string | undefined>>,
  misread: readonly Misread[],
): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(known)) {
    if (value !== undefined && value !== '') search.set(name, value);
  }
  for (const { name, value, why } of misread) {
    // What was unreadable has been given anew.
    if (why !== 'unreadable' || !search.has(name)) search.append(name, value);
  }
  return search;
}

const instant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/** Whether a value is an instant as ISO 8601 writes it; browsers take much else for one. */
export function isInstant(value: string): boolean {
  return instant.test(value) && !Number.isNaN(Date.parse(value));
}

/** Whether a value names an entry of the ledger. */
export function isEntryNumber(value: string): boolean {
  return /^[1-9]\d{0,14}$/.test(value);
}

export function isSome(value: string): boolean {
  return value !== '';
}
