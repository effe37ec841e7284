import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import type { Execution, ShellParts } from './shell.ts';
import { columns, nameText } from './text.ts';

/** The names that tasks can be given to. */
export async function listServers({ parts }: Execution): Promise<string[]> {
  return parts.servers.map(visible);
}

/** @throws CurfewError `not_found` for a server that `server list` does not show */
export function demandServer({ parts, value }: Execution): void {
  const server = value('server');
  if (parts.servers.includes(server)) return;
  throw new CurfewError(
    'not_found',
    `There is no server ${JSON.stringify(server.slice(0, 256))}; server list shows the names, faces.ibm.servers in the configuration sets them.`,
  );
}

export async function listRealmNames({ parts, calls }: Execution): Promise<string[]> {
  return (await parts.replicaSets.list(calls)).map(({ realm }) => nameText(realm));
}

/** The replica sets of the realm: there is one. */
export async function showRealm({ parts, calls, value }: Execution): Promise<string[]> {
  return [nameText((await parts.replicaSets.ofRealm(calls, value('realm_name'))).name)];
}

export async function listReplicaSets({ parts, calls, option }: Execution): Promise<string[]> {
  const realm = option('realm');
  const sets =
    realm === undefined
      ? await parts.replicaSets.list(calls)
      : [await parts.replicaSets.ofRealm(calls, realm)];
  return sets.map(({ name }) => nameText(name));
}

export async function showReplicaSet({ parts, calls, value }: Execution): Promise<string[]> {
  await parts.replicaSets.named(calls, value('replica_set_name'));
  return columns(membersOf(parts).map(({ name, joined }) => [nameText(name), joined]));
}

/** The members of every replica set: this server, under each name it goes by, from the moment it started. */
export function membersOf({ servers, services }: Pick<ShellParts, 'servers' | 'services'>): Member[] {
  const joined = new Date(services.startedAt).toISOString();
  return servers.map((name) => ({ name, joined }));
}

/** One member of a replica set. */
export interface Member {
  readonly name: string;
  /** ISO 8601 in UTC. */
  readonly joined: string;
}
