import type { z } from 'zod';
import type { createAdmin, deleteAdmin, getAdmin, listAdmins, updateAdmin } from '../operations/admins.ts';
import type { changeAdminPassword } from '../operations/admins-password.ts';
import type {
  createIdentityProvider,
  deleteIdentityProvider,
  disableIdentityProvider,
  enableIdentityProvider,
  listIdentityProviders,
  updateIdentityProvider,
} from '../operations/identity-providers.ts';
import type { readJournal } from '../operations/journal.ts';
import type { createKey, listKeys, revokeKey } from '../operations/keys.ts';
import type { getLedger, verifyLedgerChain } from '../operations/ledger.ts';
import type { getLogLevel, setLogLevel } from '../operations/log-level.ts';
import type { logOut } from '../operations/logout.ts';
import type { getOwnRights } from '../operations/me.ts';
import type {
  beginTotp,
  changeOwnPassword,
  confirmTotp,
  getOwnAccount,
  removeTotp,
  renewRecoveryCodes,
} from '../operations/me-account.ts';
import type { listOwnAdmins } from '../operations/me-admins.ts';
import type { deleteOwnSession, deleteOwnSessions, listOwnSessions } from '../operations/me-sessions.ts';
import type { listNodes } from '../operations/nodes.ts';
import type { effectivePolicyFor, listPolicy, removePolicy, setPolicy } from '../operations/policy.ts';
import type { previewPolicy } from '../operations/policy-preview.ts';
import type { listProviderTypes } from '../operations/provider-types.ts';
import type {
  createProvider,
  deleteProvider,
  disableProvider,
  enableProvider,
  getProvider,
  listProviders,
  testProvider,
  updateProvider,
} from '../operations/providers.ts';
import type { listRealms } from '../operations/realms.ts';
import type { revokeByName } from '../operations/revocations-by-name.ts';
import type { createRevocation } from '../operations/revocations-create.ts';
import type { previewRevocation } from '../operations/revocations-preview.ts';
import type { getRevocation, listRevocations } from '../operations/revocations-read.ts';
import type { getSamples, loadSamplePopulation, removeSamplePopulation } from '../operations/samples.ts';
import type { checkSessions } from '../operations/sessions-check.ts';
import type { deleteSession } from '../operations/sessions-delete.ts';
import type { getSession } from '../operations/sessions-get.ts';
import type { sessionHistogram } from '../operations/sessions-histogram.ts';
import type { importSessions } from '../operations/sessions-import.ts';
import type { listSessions } from '../operations/sessions-list.ts';
import type { refreshSession } from '../operations/sessions-refresh.ts';
import type { registerSession } from '../operations/sessions-register.ts';
import type { rereadSession } from '../operations/sessions-reread.ts';
import type { searchSessions } from '../operations/sessions-search.ts';
import type { suggestSessions } from '../operations/sessions-suggest.ts';
import type { sessionWords } from '../operations/sessions-words.ts';
import type { getSetting, setSetting } from '../operations/settings.ts';
import type { listSigningKeys, rotateSigningKey } from '../operations/signing-keys.ts';
import type { readRefusals, readTimeline } from '../operations/statistics.ts';
import type { backUpStore } from '../operations/store-backup.ts';
import type { getStatus } from '../operations/system-status.ts';
import type {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  listUsers,
  removeUserFactor,
  setUserPassword,
  updateUser,
} from '../operations/users.ts';

/** Which sessions, as operations take it. */
export type { Selector } from '../session/selector.ts';

/** Every operation by its name; only their types are used here. A test holds the names and routes to the real table. */
interface Operations {
  'sessions.register': typeof registerSession;
  'sessions.check': typeof checkSessions;
  'sessions.list': typeof listSessions;
  'sessions.search': typeof searchSessions;
  'sessions.suggest': typeof suggestSessions;
  'sessions.histogram': typeof sessionHistogram;
  'sessions.words': typeof sessionWords;
  'realms.list': typeof listRealms;
  'sessions.get': typeof getSession;
  'sessions.delete': typeof deleteSession;
  'sessions.refresh': typeof refreshSession;
  'sessions.reread': typeof rereadSession;
  'sessions.import': typeof importSessions;
  'sessions.logout': typeof logOut;
  'me.get': typeof getOwnRights;
  'me.sessions.list': typeof listOwnSessions;
  'me.sessions.delete': typeof deleteOwnSessions;
  'me.sessions.deleteOne': typeof deleteOwnSession;
  'revocations.preview': typeof previewRevocation;
  'revocations.create': typeof createRevocation;
  'revocations.createByName': typeof revokeByName;
  'revocations.list': typeof listRevocations;
  'revocations.get': typeof getRevocation;
  'ledger.get': typeof getLedger;
  'ledger.verify': typeof verifyLedgerChain;
  'admins.list': typeof listAdmins;
  'admins.get': typeof getAdmin;
  'admins.create': typeof createAdmin;
  'admins.update': typeof updateAdmin;
  'admins.delete': typeof deleteAdmin;
  'admins.password': typeof changeAdminPassword;
  'me.admins.list': typeof listOwnAdmins;
  'keys.list': typeof listKeys;
  'keys.create': typeof createKey;
  'keys.delete': typeof revokeKey;
  'signingKeys.list': typeof listSigningKeys;
  'signingKeys.rotate': typeof rotateSigningKey;
  'policy.list': typeof listPolicy;
  'policy.set': typeof setPolicy;
  'policy.delete': typeof removePolicy;
  'policy.effective': typeof effectivePolicyFor;
  'policy.preview': typeof previewPolicy;
  'identityProviders.list': typeof listIdentityProviders;
  'identityProviders.create': typeof createIdentityProvider;
  'identityProviders.update': typeof updateIdentityProvider;
  'identityProviders.delete': typeof deleteIdentityProvider;
  'identityProviders.enable': typeof enableIdentityProvider;
  'identityProviders.disable': typeof disableIdentityProvider;
  'me.account.get': typeof getOwnAccount;
  'me.password': typeof changeOwnPassword;
  'me.totp.begin': typeof beginTotp;
  'me.totp.confirm': typeof confirmTotp;
  'me.totp.remove': typeof removeTotp;
  'me.totp.recoveryCodes': typeof renewRecoveryCodes;
  'users.list': typeof listUsers;
  'users.create': typeof createUser;
  'users.get': typeof getUser;
  'users.update': typeof updateUser;
  'users.disable': typeof disableUser;
  'users.enable': typeof enableUser;
  'users.delete': typeof deleteUser;
  'users.password': typeof setUserPassword;
  'users.removeFactor': typeof removeUserFactor;
  'providers.list': typeof listProviders;
  'providers.types': typeof listProviderTypes;
  'providers.create': typeof createProvider;
  'providers.get': typeof getProvider;
  'providers.update': typeof updateProvider;
  'providers.delete': typeof deleteProvider;
  'providers.enable': typeof enableProvider;
  'providers.disable': typeof disableProvider;
  'providers.test': typeof testProvider;
  'journal.list': typeof readJournal;
  'system.log.get': typeof getLogLevel;
  'system.log.set': typeof setLogLevel;
  'settings.get': typeof getSetting;
  'settings.set': typeof setSetting;
  'statistics.timeline': typeof readTimeline;
  'statistics.refusals': typeof readRefusals;
  'samples.get': typeof getSamples;
  'samples.load': typeof loadSamplePopulation;
  'samples.remove': typeof removeSamplePopulation;
  'store.backup': typeof backUpStore;
  'nodes.list': typeof listNodes;
  'system.status': typeof getStatus;
}

/** The names of operations, such as `sessions.list`. */
export type OperationName = keyof Operations;

/** What each operation takes, as JSON. */
export type Inputs = { readonly [Name in OperationName]: z.input<Operations[Name]['input']> };

/** What each operation answers, as JSON. */
export type Outputs = { readonly [Name in OperationName]: z.output<Operations[Name]['output']> };
