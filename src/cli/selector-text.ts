import type { Selector } from '../client/operations.ts';

/** A selector for people, such as `realm=shop provider.type=saml ip=192.0.2.0/24`. */
export function selectorText(selector: Selector): string {
  const parts: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (value === undefined) return;
    if (value === true) parts.push(name);
    else if (Array.isArray(value)) parts.push(`${name}=${listText(value)}`);
    else if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value)) add(`${name}.${key}`, part);
    else parts.push(`${name}=${quoted(String(value))}`);
  };
  for (const [name, value] of Object.entries(selector)) add(name, value);
  return parts.join(' ');
}

function listText(values: readonly unknown[]): string {
  return values.length > 3
    ? `${values.slice(0, 3).join(',')} and ${values.length - 3} more`
    : values.join(',');
}

function quoted(text: string): string {
  return /^[\w.:@/+-]+$/.test(text) ? text : JSON.stringify(text);
}
