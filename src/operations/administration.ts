import { createAdmin, deleteAdmin, getAdmin, listAdmins, updateAdmin } from './admins.ts';
import { changeAdminPassword } from './admins-password.ts';
import {
  createIdentityProvider,
  deleteIdentityProvider,
  disableIdentityProvider,
  enableIdentityProvider,
  listIdentityProviders,
  updateIdentityProvider,
} from './identity-providers.ts';
import { readJournal } from './journal.ts';
import { createKey, listKeys, revokeKey } from './keys.ts';
import { getLogLevel, setLogLevel } from './log-level.ts';
import {
  beginTotp,
  changeOwnPassword,
  confirmTotp,
  getOwnAccount,
  removeTotp,
  renewRecoveryCodes,
} from './me-account.ts';
import { listOwnAdmins } from './me-admins.ts';
import { effectivePolicyFor, listPolicy, removePolicy, setPolicy } from './policy.ts';
import { previewPolicy } from './policy-preview.ts';
import { listProviderTypes } from './provider-types.ts';
import {
  createProvider,
  deleteProvider,
  disableProvider,
  enableProvider,
  getProvider,
  listProviders,
  testProvider,
  updateProvider,
} from './providers.ts';
import { getSamples, loadSamplePopulation, removeSamplePopulation } from './samples.ts';
import { getSetting, setSetting } from './settings.ts';
import { listSigningKeys, rotateSigningKey } from './signing-keys.ts';
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  listUsers,
  removeUserFactor,
  setUserPassword,
  updateUser,
} from './users.ts';

/** The operations by which Curfew itself is administered. */
export const administrationOperations = [
  listAdmins,
  createAdmin,
  getAdmin,
  updateAdmin,
  deleteAdmin,
  changeAdminPassword,
  listOwnAdmins,
  listKeys,
  createKey,
  revokeKey,
  listSigningKeys,
  rotateSigningKey,
  listPolicy,
  setPolicy,
  removePolicy,
  effectivePolicyFor,
  previewPolicy,
  listIdentityProviders,
  createIdentityProvider,
  updateIdentityProvider,
  deleteIdentityProvider,
  enableIdentityProvider,
  disableIdentityProvider,
  getOwnAccount,
  changeOwnPassword,
  beginTotp,
  confirmTotp,
  removeTotp,
  renewRecoveryCodes,
  listUsers,
  createUser,
  getUser,
  updateUser,
  disableUser,
  enableUser,
  deleteUser,
  setUserPassword,
  removeUserFactor,
  listProviders,
  listProviderTypes,
  createProvider,
  getProvider,
  updateProvider,
  deleteProvider,
  enableProvider,
  disableProvider,
  testProvider,
  readJournal,
  getLogLevel,
  setLogLevel,
  getSetting,
  setSetting,
  getSamples,
  loadSamplePopulation,
  removeSamplePopulation,
] as const;
