import type { Caller } from '../../access/caller.ts';
import type { Route } from './routes.ts';

/** `GET /internal/security/me`: who is signed in; the question Kibana's own suites ask to see whether a session lives. */
export const me: Route = {
  method: 'GET',
  path: '/internal/security/me',
  authentication: 'required',
  async run({ caller }) {
    // A route that requires authentication is not reached without a caller.
    const { caller: who, session } = caller as NonNullable<typeof caller>;
    const provider = session?.provider ?? { type: 'http', name: '__http__' };
    return {
      status: 200,
      body: {
        username: nameOf(who),
        roles: session?.accessGroups ?? rolesOf(who),
        full_name: null,
        email: null,
        metadata: {},
        enabled: true,
        authentication_realm: { name: provider.name, type: provider.type },
        lookup_realm: { name: provider.name, type: provider.type },
        authentication_type: who.kind === 'key' ? 'api_key' : 'realm',
        authentication_provider: { type: provider.type, name: provider.name },
        elastic_cloud_user: false,
      },
    };
  },
};

function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'administrator':
      return caller.username;
    case 'session':
      return caller.session.username;
    case 'key':
    case 'system':
      return caller.name;
  }
}

function rolesOf(caller: Caller): readonly string[] {
  return caller.kind === 'administrator' ? caller.accessGroups : [];
}
