import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import type { Terminal } from './terminal.ts';

const profileSchema = z.strictObject({
  url: z.string().min(1),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  ca: z.string().min(1).optional(),
  insecure: z.boolean().optional(),
});

const profilesSchema = z.strictObject({
  current: z.string().min(1).optional(),
  profiles: z.record(z.string().min(1), profileSchema),
});

/** One server as a person has saved it. `ca` is the path of a certificate file. */
export type Profile = z.infer<typeof profileSchema>;

/** The saved servers, and the name of the one in use. */
export type Profiles = z.infer<typeof profilesSchema>;

/** Where profiles are kept: below XDG_CONFIG_HOME, or ~/.config without it. */
export function profilesPath(env: Terminal['env']): string {
  const xdg = env.XDG_CONFIG_HOME;
  // The XDG specification has a path that is not absolute ignored.
  const base = xdg?.startsWith('/') ? xdg : join(env.HOME ?? homedir(), '.config');
  return join(base, 'curfew', 'profiles.json');
}

/**
 * Reads the saved profiles; none when there is no file yet.
 * @throws CurfewError `config_invalid` when the file cannot be read or is not what it should be
 */
export async function readProfiles(path: string): Promise<Profiles> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return { profiles: {} };
    throw new CurfewError('config_invalid', `The profiles in ${path} cannot be read: ${reasonOf(error)}.`);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // What the parser says quotes the file, which holds passwords.
    throw new CurfewError(
      'config_invalid',
      `The profiles in ${path} are not valid JSON; correct or remove the file.`,
    );
  }
  const parsed = profilesSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: at, message }) => ({ path: at.join('.'), message }));
  throw new CurfewError(
    'config_invalid',
    `The profiles in ${path} are not valid: ${faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ')}.`,
    { faults },
  );
}

/** Writes the profiles as a whole, readable by their owner alone, so that a crash leaves the former ones. */
export async function writeProfiles(path: string, profiles: Profiles): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
    await chmod(path, 0o600);
  } catch (error) {
    await rm(draft, { force: true });
    throw new CurfewError('config_invalid', `The profiles cannot be written to ${path}: ${reasonOf(error)}.`);
  }
}

/** Whether others than the owner may read the profiles, which hold passwords and keys. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  try {
    return process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0;
  } catch {
    return false;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
