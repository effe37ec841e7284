import { CurfewError } from '../core/errors.ts';

/** The configuration of a SAML identity provider, as callers may see it. */
export interface IdentityProvider {
  /** A UUID. */
  readonly id: string;
  /** The realm whose users it authenticates. */
  readonly realm: string;
  /** Unique in its realm; the name of the provider in the sessions that come from it. */
  readonly name: string;
  /** The SAML metadata of the identity provider, an XML document. */
  readonly metadata: string;
  /** The certificate of the service provider in PEM, which the identity provider is told. Its key is kept in a file. */
  readonly certificate: string;
  /** Whether the users of the realm sign in by it. At most one of a realm is. */
  readonly enabled: boolean;
  /** 1 when made, one more with each change of name, metadata or certificate; sessions bear it. */
  readonly configVersion: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface NewIdentityProvider {
  readonly realm: string;
  readonly name: string;
  readonly metadata: string;
}

/** What may be changed; fields that are undefined stay. */
export interface IdentityProviderChange {
  readonly name?: string | undefined;
  readonly metadata?: string | undefined;
  /** True makes a new certificate and key in place of the former. */
  readonly newCertificate?: boolean | undefined;
}

/** The providers whose sessions end when an identity provider takes over: users have no other way in from then on. */
export const localTypes = ['basic', 'ldap'] as const;

/** @throws CurfewError `invalid_input` for what cannot be the metadata of an identity provider */
export function checkMetadata(metadata: string): void {
  // SAML 2.0 metadata, section 2.3: the root is an EntityDescriptor, or an EntitiesDescriptor that holds some.
  const root =
    /^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:[\w.-]+:)?Entit(?:y|ies)Descriptor[\s>]/.exec(
      metadata,
    );
  if (root !== null && !metadata.includes('<!DOCTYPE')) return;
  const message = 'is not SAML metadata: expected an XML document whose root is an EntityDescriptor';
  throw new CurfewError('invalid_input', `metadata: ${message}.`, {
    faults: [{ path: 'metadata', message }],
  });
}

export function noSuchIdentityProvider(id: string): CurfewError {
  return new CurfewError(
    'not_found',
    `There is no identity provider ${id} within your reach; list them to see which there are.`,
  );
}
