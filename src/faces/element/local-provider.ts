/**
 * Where the sessions that this face makes come from. Element has one directory of each kind and no names for them; the
 * name of the first is that of the other faces for the passwords kept here.
 */
export const localProvider = {
  Cluster: { type: 'basic', name: 'basic' },
  Ldap: { type: 'ldap', name: 'ldap' },
} as const;
