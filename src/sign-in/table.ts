import { basicKind } from './basic/kind.ts';
import type { ProviderKind } from './kind.ts';
import { ldapKind } from './ldap/kind.ts';
import { oidcKind } from './oidc/kind.ts';
import type { ProviderType } from './provider.ts';
import { samlKind } from './saml/kind.ts';

/** Every way to sign in, in the order of the reference. */
export const providerKinds: readonly ProviderKind[] = [basicKind, ldapKind, oidcKind, samlKind];

/** The kind of a type; undefined for one that there is not. */
export function kindOf(type: string): ProviderKind | undefined {
  return providerKinds.find((kind) => kind.type === (type as ProviderType));
}
