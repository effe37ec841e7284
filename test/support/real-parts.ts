import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of the operating system that tests start, and how one gets them on Debian. */
const packages = {
  nginx: 'nginx-light',
  caddy: 'caddy',
  haproxy: 'haproxy',
  chromium: 'chromium',
  curl: 'curl',
  openssl: 'openssl',
  slapd: 'slapd',
  bash: 'bash',
  postgres: 'postgresql',
  pgbouncer: 'pgbouncer',
  patroni: 'patroni',
  etcd: 'etcd-server',
  promtool: 'prometheus',
} as const;
export type PartName = keyof typeof packages;

/** A program, or why it is not there. */
export interface RealPart {
  /** Its path; empty when it is missing. */
  readonly path: string;
  /** The option `skip` of a test that needs it: false when it is there, else the reason. */
  readonly skip: string | false;
}

/** Where servers lie on Debian, which an ordinary user's PATH leaves out. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/sbin', ...postgresFolders()];

/**
 * Finds a program. Where it is missing a test is skipped with the reason; in CI, which installs every part, it fails.
 * @throws Error in CI when it is missing
 */
export function realPart(name: PartName): RealPart {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...serverFolders];
  const path = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (path !== undefined) return { path, skip: false };
  const reason = `${name} is not installed: apt-get install ${packages[name]}`;
  if (process.env.CURFEW_CI === '1') throw new Error(reason);
  return { path: '', skip: reason };
}

/** What several parts together say to the option `skip`. */
export function skipWithout(...names: readonly PartName[]): string | false {
  return names.map((name) => realPart(name).skip).find((skip) => skip !== false) ?? false;
}

/** Debian keeps the programs of each version of PostgreSQL in a folder of its own; the newest comes first. */
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
