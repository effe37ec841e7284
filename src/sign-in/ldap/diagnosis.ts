import { CurfewError } from '../../core/errors.ts';
import type { ProviderTest } from '../provider.ts';
import type { Connection } from './connection.ts';
import type { Directory } from './directory.ts';
import { failureOf, isNoSuchObject, ServerFailure } from './failure.ts';
import { anything } from './filter-template.ts';
import type { Server, Servers } from './servers.ts';
import type { LdapSettings } from './settings.ts';

const day = 86_400_000;

/**
 * Tries each server as a sign-in would, on a new connection.
 * @throws CurfewError `provider_unavailable` when no server can be asked, `invalid_input` when a base is not there
 */
export async function diagnose(
  servers: Servers,
  directory: Directory,
  settings: LdapSettings,
): Promise<ProviderTest> {
  const steps: string[] = [];
  const failures: string[] = [];
  for (const server of servers.all) {
    try {
      steps.push(...(await stepsOn(server, directory, settings)));
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      failures.push(`${server.url}: ${error.message}`);
    }
  }
  if (steps.length > 0) return { steps: [...steps, ...failures.map((failure) => `fails: ${failure}`)] };
  throw new CurfewError(
    'provider_unavailable',
    `No server of the directory can be asked. ${failures.join('; ')}.`,
  );
}

async function stepsOn(server: Server, directory: Directory, settings: LdapSettings): Promise<string[]> {
  const connection = await server.openForSearch();
  try {
    return [
      `connected to ${server.url} ${protectionOf(connection)}`,
      ...(settings.bindDn === undefined ? [] : [`bound as ${settings.bindDn}`]),
      ...(directory.searchesByItself ? await searchesOn(connection, directory, settings) : []),
    ];
  } catch (error) {
    throw failureOf(error, 'the search fails');
  } finally {
    connection.close();
  }
}

function protectionOf({ protection, certificate }: Connection): string {
  if (protection === undefined || certificate === undefined) return 'without encryption';
  const days = Math.floor((certificate.endsAt - Date.now()) / day);
  return `by ${protection}; its certificate (${certificate.subject}) is good for ${days} days`;
}

async function searchesOn(
  connection: Connection,
  directory: Directory,
  settings: LdapSettings,
): Promise<string[]> {
  const steps: string[] = [];
  for (const name of ['userBase', 'groupBase'] as const) {
    const base = settings[name];
    if (base === undefined) continue;
    await demandEntry(connection, base, name);
    steps.push(`found ${name} ${base}`);
  }
  if (settings.userDn === undefined) {
    await directory.find(connection, 'nobody');
    steps.push('searched for a user');
  }
  return steps;
}

async function demandEntry(connection: Connection, base: string, name: string): Promise<void> {
  const search = { base, scope: 'base' as const, filter: anything(), attributes: ['1.1'] };
  const found = await connection.find(search).catch((error: unknown) => {
    if (isNoSuchObject(error)) return [];
    throw error;
  });
  if (found.length > 0) return;
  throw new CurfewError(
    'invalid_input',
    `${name}: there is no entry ${base}, or the account may not read it; correct it, or give the account the right.`,
    { faults: [{ path: name, message: 'there is no such entry, or it may not be read' }] },
  );
}
