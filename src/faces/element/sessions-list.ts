import { z } from 'zod';
import { listOwnSessions } from '../../operations/me-sessions.ts';
import { listSessions } from '../../operations/sessions-list.ts';
import { authMethodField, clusterAdminIdField, usernameField } from './fields.ts';
import { method } from './method.ts';
import { pagesOf } from './session-pages.ts';
import { whoseSessions } from './whose-sessions.ts';

const listActive = method({
  name: 'ListActiveAuthSessions',
  params: z.object({}),
  permission: 'sessions.terminate',
  async run(_params, { ask, realm }) {
    return { sessions: pagesOf((place) => ask(listSessions, { realm, ...place })) };
  },
});

const listExpired = method({
  name: 'ListExpiredAuthSessions',
  params: z.object({}),
  permission: 'sessions.terminate',
  async run(_params, { ask, realm }) {
    return {
      sessions: pagesOf(
        (place) => ask(listSessions, { realm, state: 'ended', ...place }),
        ({ ended }) => ended?.reason === 'idle' || ended?.reason === 'expired',
      ),
    };
  },
});

/** A group of a directory, or an attribute of an identity provider, stands in every session of its members. */
const listByClusterAdmin = method({
  name: 'ListAuthSessionsByClusterAdmin',
  params: z.object({ clusterAdminID: clusterAdminIdField }),
  permission: 'sessions.terminate',
  async run({ clusterAdminID }, { ask, realm }) {
    return {
      sessions: pagesOf((place) => ask(listSessions, { realm, adminId: clusterAdminID, ...place })),
    };
  },
});

const listByUsername = method({
  name: 'ListAuthSessionsByUsername',
  params: z.object({ username: usernameField.optional(), authMethod: authMethodField.optional() }),
  async run(params, call) {
    const { ask, realm } = call;
    const whose = whoseSessions(params, call);
    if (whose === 'own') return { sessions: pagesOf((place) => ask(listOwnSessions, { realm, ...place })) };
    return { sessions: pagesOf((place) => ask(listSessions, { ...whose, ...place })) };
  },
});

/** The methods that list sessions. */
export const listingMethods = [listActive, listExpired, listByClusterAdmin, listByUsername];
