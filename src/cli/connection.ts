import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { fetchTrusting } from '../client/tls.ts';
import type { Credentials, TransportOptions } from '../client/transport.ts';
import { CurfewError } from '../core/errors.ts';
import { askSecret } from './ask.ts';
import { type Profile, profilesPath, readProfiles } from './profiles.ts';
import { type Terminal, write } from './terminal.ts';

/** The flags that say which server is called, and as whom. */
export interface ConnectionFlags {
  readonly url?: string;
  readonly login?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly keyFile?: string;
  readonly profile?: string;
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly timeout?: string;
}

/** Which server, as whom, how far to trust it, and where each was found. */
export interface Connection {
  readonly url: string;
  readonly urlFrom: string;
  readonly credentials?: Credentials;
  readonly credentialsFrom?: string;
  readonly ca?: string;
  readonly insecure: boolean;
}

/** The address of a server that was started without saying another. */
export const defaultUrl = 'http://127.0.0.1:2200';

/**
 * Finds address and credentials: flags before a profile named with --profile, before the environment, before the
 * profile in use. A profile's credentials go to its own address only, so that another --url never receives them.
 * @throws CurfewError `invalid_input`, `config_invalid` or `not_found` naming what is wrong
 */
export async function resolveConnection(flags: ConnectionFlags, terminal: Terminal): Promise<Connection> {
  const { env } = terminal;
  const named = flags.profile ?? env.CURFEW_PROFILE;
  const saved = await profileOf(named, env);
  const first = named === undefined ? undefined : saved;
  const [url, urlFrom] = firstOf(
    [flags.url, '--url'],
    [first?.profile.url, `profile ${named}`],
    [env.CURFEW_URL, 'CURFEW_URL'],
    [saved?.profile.url, `profile ${saved?.name}`],
    [defaultUrl, 'default'],
  );
  const isProfiles = saved !== undefined && sameServer(saved.profile.url, url);
  const profile = isProfiles ? saved.profile : undefined;
  const found = await credentialsOf(
    flags,
    first === undefined ? undefined : profile,
    profile,
    saved?.name,
    terminal,
  );
  const caFile = flags.ca ?? env.CURFEW_CA ?? profile?.ca;
  return {
    url,
    urlFrom,
    ...found,
    ...(caFile === undefined ? {} : { ca: await readText(caFile, '--ca') }),
    insecure: flags.insecure ?? profile?.insecure ?? false,
  };
}

/** What the client needs of a connection. */
export function transportOptions(
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): TransportOptions {
  const { url, credentials, ca, insecure } = connection;
  const fetch = ca !== undefined || insecure ? fetchTrusting({ ca, insecure }) : undefined;
  return { url, credentials, timeoutMs, signal, fetch, headers: { 'curfew-face': 'cli' } };
}

type Found = Pick<Connection, 'credentials' | 'credentialsFrom'>;

async function credentialsOf(
  flags: ConnectionFlags,
  namedProfile: Profile | undefined,
  profile: Profile | undefined,
  profileName: string | undefined,
  terminal: Terminal,
): Promise<Found> {
  const { env } = terminal;
  const isByFlag = flags.login !== undefined || flags.keyFile !== undefined;
  if (flags.login !== undefined && flags.keyFile !== undefined)
    throw new CurfewError(
      'invalid_input',
      '--login and --key-file are two ways to sign in; give one of them.',
    );
  if (flags.keyFile !== undefined)
    return bearer(await readSecret(flags.keyFile, '--key-file', terminal), '--key-file');
  const password = await givenPassword(flags, terminal);
  if (isByFlag || password !== undefined) {
    const username = flags.login ?? env.CURFEW_USERNAME ?? profile?.username;
    if (username === undefined)
      throw new CurfewError('invalid_input', 'A password was given, but no user name; add --login NAME.');
    return basic(username, password ?? passwordFor(username, env, profile), '--login', terminal);
  }
  if (namedProfile !== undefined) return ofProfile(namedProfile, profileName, terminal);
  if (env.CURFEW_KEY) return bearer(env.CURFEW_KEY, 'CURFEW_KEY');
  if (env.CURFEW_USERNAME)
    return basic(env.CURFEW_USERNAME, env.CURFEW_PASSWORD, 'CURFEW_USERNAME', terminal);
  return profile === undefined ? {} : ofProfile(profile, profileName, terminal);
}

function ofProfile(profile: Profile, name: string | undefined, terminal: Terminal): Found | Promise<Found> {
  if (profile.key !== undefined) return bearer(profile.key, `profile ${name}`);
  if (profile.username === undefined) return {};
  return basic(profile.username, profile.password, `profile ${name}`, terminal);
}

/** A password kept for another user is of no use. */
function passwordFor(
  username: string,
  env: Terminal['env'],
  profile: Profile | undefined,
): string | undefined {
  if (env.CURFEW_PASSWORD && (env.CURFEW_USERNAME ?? username) === username) return env.CURFEW_PASSWORD;
  return profile?.username === username ? profile.password : undefined;
}

async function givenPassword(flags: ConnectionFlags, terminal: Terminal): Promise<string | undefined> {
  if (flags.passwordFile !== undefined) return readSecret(flags.passwordFile, '--password-file', terminal);
  if (flags.password === undefined) return undefined;
  await write(
    terminal.stderr,
    'warning: --password can be read by everybody on this machine who lists processes; use --password-file, CURFEW_PASSWORD or the prompt.\n',
  );
  return flags.password;
}

async function basic(
  username: string,
  given: string | undefined,
  from: string,
  terminal: Terminal,
): Promise<Found> {
  const password =
    given ||
    (await askSecret(
      terminal,
      `Password of ${username}`,
      `There is no password for ${username}: give --password-file FILE, set CURFEW_PASSWORD, or save a profile with: curfew profile add`,
    ));
  return { credentials: { basic: { username, password } }, credentialsFrom: from };
}

function bearer(key: string, from: string): Found {
  return { credentials: { bearer: key.trim() }, credentialsFrom: from };
}

/**
 * Reads a secret from the first line of a file, or of standard input for `-`.
 * @throws CurfewError `invalid_input` when it cannot be read or is empty
 */
export async function readSecret(path: string, flag: string, terminal: Terminal): Promise<string> {
  const content = path === '-' ? await readAll(terminal.stdin) : await readText(path, flag);
  const secret = content.split(/\r?\n/, 1)[0] as string;
  if (secret === '')
    throw new CurfewError(
      'invalid_input',
      `${flag}: the first line of ${path === '-' ? 'the input' : path} is empty.`,
    );
  return secret;
}

async function readText(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CurfewError(
      'invalid_input',
      `${flag}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

async function profileOf(name: string | undefined, env: Terminal['env']) {
  const path = profilesPath(env);
  const { current, profiles } = await readProfiles(path);
  const wanted = name ?? current;
  if (wanted === undefined) return undefined;
  const profile = Object.hasOwn(profiles, wanted) ? profiles[wanted] : undefined;
  if (profile !== undefined) return { name: wanted, profile };
  throw new CurfewError(
    'not_found',
    `There is no profile ${JSON.stringify(wanted)} in ${path}; saved are: ${Object.keys(profiles).join(', ') || 'none'}.`,
  );
}

function sameServer(one: string, other: string): boolean {
  try {
    return new URL(one).href === new URL(other).href;
  } catch {
    return one === other;
  }
}

function firstOf(
  ...candidates: readonly (readonly [string | undefined, string])[]
): readonly [string, string] {
  for (const [value, from] of candidates) if (value !== undefined && value !== '') return [value, from];
  throw new Error('the last candidate always has a value');
}
