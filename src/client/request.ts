import { CurfewError } from '../core/errors.ts';
import type { ApiRequest } from './transport.ts';

/** How one operation is reached: its method, and its path with the fields of the input in braces. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Fields of the input that travel as headers: header name to field. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Lays an input out over path, headers, and query or body, as the native API reads it: a GET or DELETE has a query, in
 * which objects use dots (`provider.type=ldap`) and lists repeat their name.
 * @throws CurfewError `invalid_input` when a field of the path is missing
 */
export function requestFor(route: Route, input: Readonly<Record<string, unknown>>): ApiRequest {
  const rest = { ...input };
  const path = route.path.replace(/\{(\w+)\}/g, (_braces, name: string) => {
    const value = rest[name];
    delete rest[name];
    // An empty part would make the path that of another operation: /v1/sessions/ for one session lists them all.
    if (value === undefined || value === '')
      throw new CurfewError('invalid_input', `${name} is missing.`, {
        faults: [{ path: name, message: 'is missing' }],
      });
    const part = encodeURIComponent(String(value));
    // Dots alone would be resolved away like a relative path.
    return /^\.{1,2}$/.test(part) ? part.replaceAll('.', '%2E') : part;
  });
  const headers: Record<string, string> = {};
  for (const [header, name] of Object.entries(route.headers ?? {})) {
    if (rest[name] !== undefined) headers[header] = String(rest[name]);
    delete rest[name];
  }
  if (route.method === 'GET' || route.method === 'DELETE') {
    const query = queryOf(rest);
    return { method: route.method, path: query === '' ? path : `${path}?${query}`, headers };
  }
  return { method: route.method, path, headers, body: rest };
}

function queryOf(fields: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  const append = (name: string, value: unknown): void => {
    if (value === undefined) return;
    if (Array.isArray(value)) for (const item of value) append(name, item);
    else if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value)) append(`${name}.${key}`, part);
    else query.append(name, String(value));
  };
  for (const [name, value] of Object.entries(fields)) append(name, value);
  return query.toString();
}
