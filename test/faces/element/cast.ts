import { createAdmin } from '../../../src/operations/admins.ts';
import { call } from '../../../src/operations/call.ts';
import { basic, type TestServer } from '../../support/http-server.ts';
import { anAdministrator, aPassword } from '../../support/opened-access.ts';

/** `Authorization` of administrators of each kind. */
export interface Cast {
  readonly clusterAdmin: string;
  readonly reader: string;
  /** Holds only access that means nothing to Curfew. */
  readonly volumes: string;
  /** All rights, in the realm `eu` alone. */
  readonly elsewhere: string;
  /** All rights, in the realm `default` alone. */
  readonly bound: string;
}

/** Makes an administrator of each kind; their numbers are 2 to 6. */
export async function makeCast(server: TestServer): Promise<Cast> {
  const members = [
    ['clusterAdmin', 'clusterAdmins', null],
    ['reader', 'read', null],
    ['volumes', 'volumes', null],
    ['elsewhere', 'administrator', 'eu'],
    ['bound', 'administrator', 'default'],
  ] as const;
  const entries: [string, string][] = [];
  for (const [username, group, realm] of members) {
    await call(
      createAdmin,
      { username, password: aPassword, accessGroups: [group], realm },
      { caller: anAdministrator(), face: 'http', services: server.services },
    );
    entries.push([username, basic(username, aPassword)]);
  }
  return Object.fromEntries(entries) as unknown as Cast;
}
