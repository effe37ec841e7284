import { z } from 'zod';
import { listIdentityProviders } from '../../operations/identity-providers.ts';
import { refreshSession } from '../../operations/sessions-refresh.ts';
import { registerSession } from '../../operations/sessions-register.ts';
import { noSuchClusterAdmin, reachableAdmins } from './cluster-admins.ts';
import { ElementError } from './element-error.ts';
import { clusterAdminIdField, durationField, sessionIdField, usernameField } from './fields.ts';
import { localProvider } from './local-provider.ts';
import { type MethodCall, method, type Result } from './method.ts';
import { sessionInfo } from './session-info.ts';

type Admins = Awaited<ReturnType<typeof reachableAdmins>>;

const createSession = method({
  name: 'CreateAuthSession',
  params: z.object({
    username: usernameField,
    clusterAdminIDs: z.array(clusterAdminIdField).min(1, 'expected at least one cluster admin').max(1000),
    desiredExpirationDuration: durationField,
  }),
  permission: 'sessions.register',
  async run({ username, clusterAdminIDs, desiredExpirationDuration }, call) {
    const epoch = call.services.registry.ledger.head;
    const known = await reachableAdmins(call);
    const admins = clusterAdminIDs.map((id) => {
      const admin = known.find((one) => one.id === id);
      if (admin === undefined) throw noSuchClusterAdmin(id);
      return admin;
    });
    const [authMethod, ...others] = new Set(admins.map((admin) => admin.authMethod));
    if (authMethod === undefined || authMethod === 'Idp' || others.length > 0) {
      throw new ElementError(
        'xInvalidParameter',
        'clusterAdminIDs: expected admins of Cluster alone, or of Ldap alone; for Idp there is CreateIdpAuthSession',
      );
    }
    return register({ username, admins, epoch, lifespanMs: desiredExpirationDuration }, call, {
      provider: localProvider[authMethod],
    });
  },
});

const createIdpSession = method({
  name: 'CreateIdpAuthSession',
  params: z.object({
    username: usernameField,
    samlAttributeStatements: z.array(z.string()).max(1000),
    desiredExpirationDuration: durationField,
  }),
  permission: 'sessions.register',
  async run({ username, samlAttributeStatements, desiredExpirationDuration }, call) {
    // Before the provider is looked at: when it is disabled meanwhile, this session ends with the others.
    const epoch = call.services.registry.ledger.head;
    const { identityProviders } = await call.ask(listIdentityProviders, { realm: call.realm });
    const idp = identityProviders.find(({ enabled }) => enabled);
    if (idp === undefined) {
      throw new ElementError('xFeatureNotEnabled', 'Authentication by an identity provider is not enabled.');
    }
    const released = new Set(samlAttributeStatements);
    const admins = (await reachableAdmins(call)).filter(
      (admin) => admin.authMethod === 'Idp' && released.has(admin.username),
    );
    if (admins.length === 0) {
      throw new ElementError('xUnknownUsername', 'No cluster admin of Idp matches the attribute statements.');
    }
    return register({ username, admins, epoch, lifespanMs: desiredExpirationDuration }, call, {
      provider: { type: 'saml', name: idp.name },
      providerConfigVersion: idp.configVersion,
    });
  },
});

const updateSession = method({
  name: 'UpdateAuthSession',
  params: z.object({ sessionID: sessionIdField }),
  permission: 'sessions.register',
  async run({ sessionID }, { ask }) {
    const { session } = await ask(refreshSession, { id: sessionID });
    return { object: { session: sessionInfo(session) } };
  },
});

interface NewSession {
  readonly username: string;
  readonly admins: Admins;
  readonly epoch: number;
  readonly lifespanMs: number | undefined;
}

/** The token of the session is told to nobody: Element hands out handles, and who made the session refreshes it by them. */
async function register(
  { username, admins, epoch, lifespanMs }: NewSession,
  { ask, realm }: MethodCall,
  origin: { provider: { type: string; name: string }; providerConfigVersion?: number },
): Promise<Result> {
  const { session } = await ask(
    registerSession,
    {
      realm,
      username,
      subject: username,
      adminIds: admins.map(({ id }) => id),
      accessGroups: admins.flatMap(({ accessGroups }) => accessGroups),
      app: 'element',
      epoch,
      ...(lifespanMs === undefined ? {} : { lifespanMs }),
      ...origin,
    },
    // Whoever binds a session to an administrator of every realm must reach every realm.
    'self',
  );
  return { object: { session: sessionInfo(session) } };
}

/** The methods that make and refresh sessions. */
export const makingMethods = [createSession, createIdpSession, updateSession];
