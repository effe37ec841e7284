import { Refusal } from './answer.ts';

/**
 * Reads values by closed schemas, with the message texts that Kibana's clients and tests know. Every fault is one 400;
 * the first one found counts, in the order in which the fields are declared.
 */
export type Reader<T> = (value: unknown, path: string) => T;

/** What a type is called in messages. */
export function typeOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'Array';
  return typeof value === 'object' ? 'Object' : typeof value;
}

/** A fault at a path such as `body.query`. */
export function fault(path: string, message: string): Refusal {
  return new Refusal(400, `[request ${path}]: ${message}`);
}

/** A text. An empty one is refused: an empty value must never widen a termination. */
export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string')
    throw fault(path, `expected value of type [string] but got [${typeOf(value)}]`);
  if (value.length === 0) throw fault(path, 'value has length [0] but it must have a minimum length of [1].');
  return value;
};

/** A value that may be left out; null is not left out. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : reader(value, path));
}

type Shape = Readonly<Record<string, Reader<unknown>>>;
type Read<S extends Shape> = { [K in keyof S]: ReturnType<S[K]> };

/** An object with these fields and no others. */
export function object<S extends Shape>(shape: S): Reader<Read<S>> {
  return (value, path) => {
    const given = plainObject(value, path);
    const read = Object.fromEntries(
      Object.entries(shape).map(([name, reader]) => [name, reader(given[name], `${path}.${name}`)]),
    );
    refuseUnknown(given, Object.keys(shape), path);
    return read as Read<S>;
  };
}

/** An object; what is not one is named by the type it has. */
export function plainObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault(path, `expected a plain object value, but found [${typeOf(value)}] instead.`);
  }
  return value as Record<string, unknown>;
}

/** @throws Refusal for the first member that is not declared */
export function refuseUnknown(given: Record<string, unknown>, known: readonly string[], path: string): void {
  const extra = Object.keys(given).find((name) => !known.includes(name));
  if (extra !== undefined) throw fault(`${path}.${extra}`, 'definition for this key is missing');
}
