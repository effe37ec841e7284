import { z } from 'zod';
import { CurfewError, type InputFault } from '../../core/errors.ts';
import { shownField } from '../../core/field-name.ts';
import type { Operation } from '../../operations/operation.ts';

/** The parts of a request that become the input of an operation. */
export interface RequestParts {
  readonly path: Readonly<Record<string, string>>;
  /** The raw query, without its question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as read from JSON; undefined when there is none. */
  readonly body: unknown;
}

/** Joins the parts of a request into one input object. @throws CurfewError `invalid_input` */
export type InputReader = (parts: RequestParts) => Record<string, unknown>;

/** What of a JSON schema is needed to read a text as the type that is meant. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

/**
 * Makes the reader of an operation's input. Path parameters, bound headers, query and body each bring their own fields,
 * and a field is taken from one place only. A POST, PUT or PATCH takes its fields from the body, the others from the query;
 * a DELETE takes a body too.
 */
export function inputReader({ http, input }: Operation): InputReader {
  const shape = z.toJSONSchema(input, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as Shape;
  const pathFields = [...http.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const headerFields = Object.values(http.headers ?? {});
  const takesQuery = http.method === 'GET' || http.method === 'DELETE';
  const elsewhere = new Set([...pathFields, ...headerFields]);
  return ({ path, query, headers, body }) => {
    const fields: Record<string, unknown> = {};
    const given = takesQuery ? readQuery(query, shape) : {};
    if (!takesQuery && query !== '') refuseQuery(query);
    for (const part of [given, bodyObject(body)]) {
      for (const [name, value] of Object.entries(part)) {
        if (elsewhere.has(name)) throw fault(name, 'is given by the path or a header, not here');
        if (name in fields) throw fault(name, 'is given in the query and in the body');
        fields[name] = value;
      }
    }
    for (const name of pathFields) fields[name] = readText(path[name] ?? '', shape.properties?.[name]);
    for (const [header, name] of Object.entries(http.headers ?? {})) {
      const value = headers[header];
      if (value !== undefined) fields[name] = Array.isArray(value) ? value.join(',') : value;
    }
    return fields;
  };
}

function bodyObject(body: unknown): object {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw fault('', 'expected a JSON object as the body');
}

/** Reads a query: `provider.type=ldap` is a member of a member, a list is its name once per element. */
function readQuery(query: string, shape: Shape): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of pairsOf(query)) {
    const steps = name.split('.');
    const last = steps.pop() as string;
    let place = fields;
    let inner: Shape | undefined = shape;
    for (const step of steps) {
      demandName(step, name);
      const next = Object.hasOwn(place, step) ? place[step] : {};
      if (typeof next !== 'object' || next === null || Array.isArray(next))
        throw fault(name, 'has no members');
      place[step] = next;
      place = next as Record<string, unknown>;
      inner = inner?.properties?.[step];
    }
    demandName(last, name);
    inner = inner?.properties?.[last];
    if (inner?.type === 'array') {
      const list = (Object.hasOwn(place, last) ? place[last] : []) as unknown[];
      list.push(readText(value, inner.items));
      place[last] = list;
    } else if (Object.hasOwn(place, last)) throw fault(name, 'is given twice');
    else place[last] = readText(value, inner);
  }
  return fields;
}

function demandName(step: string, name: string): void {
  if (step === '' || step === '__proto__') throw fault(name, 'is not a known field');
}

/** @throws CurfewError `invalid_input` for escapes that are no UTF-8, which would else match something not asked for */
function pairsOf(query: string): [string, string][] {
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    return [decodeText(name, ''), equals < 0 ? '' : decodeText(pair.slice(equals + 1), name)];
  });
}

function decodeText(text: string, where: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw fault(
      where,
      `${where === '' ? 'a name in the query ' : ''}holds a percent sign that is not followed by the UTF-8 of a character`,
    );
  }
}

function refuseQuery(query: string): never {
  const [name = ''] = pairsOf(query)[0] ?? [];
  throw fault(name, 'is a query parameter; this operation takes its fields from the body');
}

/** A text as the type its schema asks for; where it cannot be that, the text, and the schema says what is expected. */
function readText(text: string, shape: Shape | undefined): unknown {
  const options = shape?.anyOf ?? (shape === undefined ? [] : [shape]);
  for (const { type } of options) {
    if ((type === 'integer' || type === 'number') && /^-?\d{1,16}(\.\d+)?$/.test(text)) return Number(text);
    if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  }
  return text;
}

function fault(name: string, message: string): CurfewError {
  const path = shownField(name);
  const faults: InputFault[] = [{ path, message }];
  return new CurfewError('invalid_input', path === '' ? message : `${path}: ${message}`, { faults });
}
