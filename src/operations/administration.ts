import { createAdmin, deleteAdmin, getAdmin, listAdmins, updateAdmin } from './admins.ts';
import { changeAdminPassword } from './admins-password.ts';
import { readJournal } from './journal.ts';
import { createKey, listKeys, revokeKey } from './keys.ts';
import { effectivePolicyFor, listPolicy, removePolicy, setPolicy } from './policy.ts';

/** The operations by which Curfew itself is administered. */
export const administrationOperations = [
  listAdmins,
  createAdmin,
  getAdmin,
  updateAdmin,
  deleteAdmin,
  changeAdminPassword,
  listKeys,
  createKey,
  revokeKey,
  listPolicy,
  setPolicy,
  removePolicy,
  effectivePolicyFor,
  readJournal,
] as const;
