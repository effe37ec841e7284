import { CurfewError } from '../../core/errors.ts';

/** What a request is for. */
export type Target =
  | { readonly kind: 'pdadmin' | 'dscadmin' | 'config' | 'replicas' }
  | { readonly kind: 'versions' | 'setup' | 'capabilities' | 'firmware' }
  | { readonly kind: 'servers' | 'sessions'; readonly set: string }
  | { readonly kind: 'session' | 'user'; readonly set: string; readonly name: string };

const fixed: Readonly<Record<string, Target>> = {
  '/isam/pdadmin': { kind: 'pdadmin' },
  '/isam/dscadmin': { kind: 'dscadmin' },
  '/isam/dsc/config': { kind: 'config' },
  '/isam/dsc/admin/replicas': { kind: 'replicas' },
  '/core/sys/versions': { kind: 'versions' },
  '/setup_complete': { kind: 'setup' },
  '/isam/capabilities/v1': { kind: 'capabilities' },
  '/firmware_settings': { kind: 'firmware' },
};

const replicas = '/isam/dsc/admin/replicas/';

/** Whether a path lies within this face. */
export function isOwn(path: string): boolean {
  return path === '/isam' || path.startsWith('/isam/') || Object.hasOwn(fixed, withoutSlash(path));
}

/**
 * What a path is for; undefined when it is for nothing. Clients send names and session ids both encoded and as they
 * are, so whatever follows `/session/` or `/user/` is the name, with its slashes; a plus sign is one, never a blank.
 * @throws CurfewError `invalid_input` for an escape that is no UTF-8
 */
export function targetOf(path: string): Target | undefined {
  const plain = withoutSlash(path);
  if (Object.hasOwn(fixed, plain)) return fixed[plain];
  if (!path.startsWith(replicas)) return undefined;
  const [set = '', what, kind, ...rest] = path.slice(replicas.length).split('/');
  if (set === '') return undefined;
  const isLast = kind === undefined || (kind === '' && rest.length === 0);
  if ((what === 'servers' || what === 'sessions') && isLast) return { kind: what, set: decode(set) };
  if (what !== 'sessions') return undefined;
  const name = rest.join('/');
  if (kind === 'session' && withoutSlash(name) !== '') {
    return { kind, set: decode(set), name: decode(withoutSlash(name)) };
  }
  // A slash at the end may be part of a user's name, and to end the sessions of another would be worse than to end none.
  if (kind === 'user' && name !== '') return { kind, set: decode(set), name: decode(name) };
  return undefined;
}

/**
 * The parameters of a query, each at most once.
 * @throws CurfewError `invalid_input` for one that is not in `known`, is given twice or cannot be read
 */
export function readQuery<Name extends string>(
  query: string,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const meant = known.find((one) => one === name);
    if (meant === undefined) {
      const what =
        known.length === 0
          ? 'takes no query; a question mark in a name is written %3F'
          : `takes ${known.join(' and ')}`;
      throw new CurfewError('invalid_input', `This path ${what}.`);
    }
    if (found[meant] !== undefined)
      throw new CurfewError('invalid_input', `The parameter ${meant} is given twice.`);
    found[meant] = equals < 0 ? '' : decode(pair.slice(equals + 1));
  }
  return found;
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CurfewError(
      'invalid_input',
      'The address holds a percent sign that is not followed by the UTF-8 of a character; write it as %25.',
    );
  }
}
