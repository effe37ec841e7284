import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { callsOf } from './calls.ts';
import type { Domain, Login, SessionHandler, ShellParts } from './shell.ts';

/** What says who signs in to a shell, and for which domain. */
export interface LoginRequest {
  readonly id: string;
  readonly password: string;
  readonly domain: string | undefined;
  readonly management: boolean;
}

export function notSignedIn(): CurfewError {
  return new CurfewError('unauthenticated', 'Nobody is signed in: login -a <admin_id> -p <password>.');
}

/**
 * Signs in an administrator of Curfew.
 * @throws CurfewError `unauthenticated`, `locked_out`, `rate_limited`, `realm_unknown`
 */
export async function signIn(
  { id, password, domain, management }: LoginRequest,
  parts: ShellParts,
  from: string | undefined,
): Promise<Login> {
  const { access } = parts.services;
  const realm = realmOfDomain(domain, management);
  const caller = await access.authenticateBasic(id, password, { ip: from, realm });
  return { caller, name: id, domain: await domainOf(domain, management, caller, parts) };
}

/** The domain that was asked for; without one it is `Default`, which stands for the realm of the face. */
export async function domainOf(
  domain: string | undefined,
  management: boolean,
  caller: Caller,
  { services, replicaSets, realm }: ShellParts,
): Promise<Domain> {
  if (management) return { kind: 'management' };
  const named = realmOfDomain(domain, management);
  if (named === undefined) return { kind: 'realm', name: 'Default', realm };
  await replicaSets.ofRealm(callsOf(services, caller, undefined), named);
  return { kind: 'realm', name: named, realm: named };
}

function realmOfDomain(domain: string | undefined, management: boolean): string | undefined {
  return management || domain === undefined || domain.toLowerCase() === 'default' ? undefined : domain;
}

const logIn: SessionHandler = async ({ options }, _login, parts, from) => {
  if (options.l === true) {
    if (
      options.a !== undefined ||
      options.p !== undefined ||
      options.d !== undefined ||
      options.m !== undefined
    ) {
      throw new CurfewError('invalid_input', 'login -l stands alone: it signs out, and needs no server.');
    }
    return { login: undefined, lines: [] };
  }
  const { a: id, p: password, d: domain, m: management } = options;
  if (typeof id !== 'string' || typeof password !== 'string') {
    throw new CurfewError(
      'invalid_input',
      'Nobody can be asked here; write login -a <admin_id> -p <password>, with -d <domain> or -m if need be.',
    );
  }
  if (domain !== undefined && management === true) {
    throw new CurfewError('invalid_input', 'login takes -d or -m, not both.');
  }
  const request = {
    id,
    password,
    domain: domain === true ? undefined : domain,
    management: management === true,
  };
  return { login: await signIn(request, parts, from), lines: [] };
};

const showContext: SessionHandler = async (_parsed, login) => ({ login, lines: contextLines(login) });

function contextLines(login: Login | undefined): string[] {
  if (login === undefined) return ['Nobody is signed in.'];
  const { name, domain } = login;
  return [
    `User: ${visible(name)}`,
    domain.kind === 'management'
      ? 'Domain: Management (every realm)'
      : `Domain: ${visible(domain.name)} (realm ${visible(domain.realm)})`,
  ];
}

/** Commands about who is signed in. */
export const loginCommands: Readonly<Record<string, SessionHandler>> = {
  login: logIn,
  logout: async () => ({ login: undefined, lines: [] }),
  'context show': showContext,
};
