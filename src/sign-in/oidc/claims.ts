/** Claims as they came, parsed from JSON. */
export type Claims = Readonly<Record<string, unknown>>;

/** Deeper objects, and more values, hold nothing that anybody would name. */
const mostDepth = 5;
const mostValues = 5000;

/**
 * The texts of one claim: itself, or each member of its list. A name that is no claim is read as a path through objects,
 * such as `realm_access.roles`. Numbers and truth values are texts too; everything else is left out.
 */
export function textsOf(claims: Claims, path: string): string[] {
  if (Object.hasOwn(claims, path)) return texts(claims[path]);
  let value: unknown = claims;
  for (const step of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return [];
    value = value[step];
  }
  return texts(value);
}

/** Every text of every claim by its name, that of a nested claim with dots. */
export function allTextsOf(claims: Claims): Record<string, string[]> {
  const found = new Map<string, string[]>();
  let count = 0;
  const walk = (value: unknown, name: string, depth: number): void => {
    if (isObject(value)) {
      if (depth >= mostDepth) return;
      for (const [step, inner] of Object.entries(value)) {
        walk(inner, name === '' ? step : `${name}.${step}`, depth + 1);
      }
      return;
    }
    const values = texts(value).slice(0, Math.max(0, mostValues - count));
    count += values.length;
    if (values.length > 0) found.set(name, [...(found.get(name) ?? []), ...values]);
  };
  walk(claims, '', 0);
  return Object.fromEntries(found);
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
    typeof one === 'string'
      ? [one]
      : typeof one === 'number' || typeof one === 'boolean'
        ? [String(one)]
        : [],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
