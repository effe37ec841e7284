import { z } from 'zod';
import { type IdentityProvider, localTypes } from '../access/identity-provider.ts';
import type { Selector } from '../session/selector.ts';
import type { RecordWrite } from '../session/store.ts';
import { reachableRealm, realmFor } from './border.ts';
import { demandKnownRealm } from './known-realm.ts';
import { type CallContext, operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

const mostMetadata = 512 * 1024;
const idSchema = z.uuid().describe('The id of the identity provider');
const realmSchema = nameSchema(128).optional().describe('The realm of the caller, else default');
const metadataSchema = z
  .string()
  .min(1)
  .max(mostMetadata)
  .describe('The SAML metadata of the identity provider, an XML document');
const nameOfProvider = nameSchema(256).describe('Unique in its realm; sessions bear it as provider.name');

/** An identity provider as callers see it: never the private key of its certificate. */
export const identityProviderSchema = z
  .object({
    id: z.uuid(),
    realm: z.string(),
    name: z.string(),
    metadata: z.string(),
    certificate: z.string().describe('The certificate of the service provider, in PEM'),
    enabled: z.boolean().describe('Whether the users of the realm sign in by it'),
    configVersion: z
      .int()
      .describe(
        'One more with each change; sessions bear the one they were made under as providerConfigVersion',
      ),
    createdAt: instantSchema,
  })
  .meta({ id: 'IdentityProvider', description: 'A SAML identity provider of a realm' });

const terminatedSchema = z.int().describe('How many live sessions it ended, exactly');

export const listIdentityProviders = operation({
  name: 'identityProviders.list',
  summary: 'List identity providers',
  http: { method: 'GET', path: '/v1/identity-providers' },
  permission: 'providers.read',
  input: z.strictObject({ realm: nameSchema(128).optional().describe('Only those of this realm') }),
  output: z.object({ identityProviders: z.array(identityProviderSchema).describe('The oldest first') }),
  async run({ realm: named }, { access, caller }) {
    const realm = reachableRealm(caller, named);
    const found = access.identityProviders
      .list(caller)
      .filter((provider) => realm === undefined || provider.realm === realm);
    return { identityProviders: found.map(identityProviderForm) };
  },
});

export const createIdentityProvider = operation({
  name: 'identityProviders.create',
  summary: 'Add an identity provider, not enabled yet',
  description: 'A certificate is made for it, by which the identity provider will know the service provider.',
  http: { method: 'POST', path: '/v1/identity-providers', status: 201 },
  permission: 'providers.write',
  input: z.strictObject({ realm: realmSchema, name: nameOfProvider, metadata: metadataSchema }),
  output: z.object({ identityProvider: identityProviderSchema }),
  async run({ realm: named, name, metadata }, context) {
    const { access, registry, signIn, caller, origin, certificates } = context;
    const realm = realmFor(caller, named);
    demandKnownRealm(registry, realm);
    const provider = await signIn.providers.naming(realm, name, (claim) =>
      access.identityProviders.create({ realm, name, metadata }, { caller, origin }, certificates, claim),
    );
    return { identityProvider: identityProviderForm(provider) };
  },
});

export const updateIdentityProvider = operation({
  name: 'identityProviders.update',
  summary: 'Change the name, metadata or certificate of an identity provider',
  description:
    'What is not given stays. Sessions made before keep the former name and configVersion; end them with the selector field providerConfigVersionBelow.',
  http: { method: 'PATCH', path: '/v1/identity-providers/{id}' },
  permission: 'providers.write',
  input: z.strictObject({
    id: idSchema,
    name: nameOfProvider.optional(),
    metadata: metadataSchema.optional(),
    newCertificate: z.boolean().optional().describe('True makes a new certificate in place of the former'),
  }),
  output: z.object({ identityProvider: identityProviderSchema }),
  async run({ id, ...change }, { access, signIn, caller, origin, certificates }) {
    const { realm, name: former } = access.identityProviders.get(id, caller);
    const update = (claim?: RecordWrite) =>
      access.identityProviders.update(id, change, { caller, origin }, certificates, claim);
    const { name = former } = change;
    const provider = await (name === former ? update() : signIn.providers.naming(realm, name, update));
    return { identityProvider: identityProviderForm(provider) };
  },
});

export const enableIdentityProvider = operation({
  name: 'identityProviders.enable',
  summary: 'Let the users of a realm sign in by an identity provider, and end the sessions of passwords',
  description:
    'Ends every live session of the realm from providers of the types basic and ldap, as one entry of the ledger. Another one that was enabled in the realm no longer is.',
  http: { method: 'POST', path: '/v1/identity-providers/{id}/enable' },
  permission: 'providers.write',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ identityProvider: identityProviderSchema, terminated: terminatedSchema }),
  async run({ id }, context) {
    const { access, caller, origin } = context;
    const provider = await access.identityProviders.enable(id, { caller, origin });
    const { realm, name } = provider;
    const terminated = await cut(
      context,
      { realm, provider: { types: [...localTypes] } },
      `the identity provider ${name} was enabled`,
    );
    return { identityProvider: identityProviderForm(provider), terminated };
  },
});

export const disableIdentityProvider = operation({
  name: 'identityProviders.disable',
  summary: 'Take the identity provider of a realm out of use, and end the sessions of identity providers',
  description:
    'Ends every live session of the realm from providers of other types than basic and ldap, as one entry of the ledger, also when none was enabled.',
  http: { method: 'POST', path: '/v1/identity-providers/disable' },
  permission: 'providers.write',
  input: z.strictObject({ realm: realmSchema }),
  output: z.object({
    identityProvider: identityProviderSchema.optional().describe('The one that was enabled, if one was'),
    terminated: terminatedSchema,
  }),
  async run({ realm: named }, context) {
    const { access, caller, origin } = context;
    const realm = realmFor(caller, named);
    const provider = await access.identityProviders.disable(realm, { caller, origin });
    const terminated = await cut(context, sessionsOfIdps(realm), 'the identity provider was disabled');
    return {
      ...(provider === undefined ? {} : { identityProvider: identityProviderForm(provider) }),
      terminated,
    };
  },
});

export const deleteIdentityProvider = operation({
  name: 'identityProviders.delete',
  summary: 'Remove an identity provider',
  description:
    'If it was enabled, the sessions of identity providers in its realm end, as when it is disabled.',
  http: { method: 'DELETE', path: '/v1/identity-providers/{id}' },
  permission: 'providers.write',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ identityProvider: identityProviderSchema, terminated: terminatedSchema }),
  async run({ id }, context) {
    const { access, caller, origin, certificates } = context;
    const provider = await access.identityProviders.remove(id, { caller, origin }, certificates);
    const { realm, name, enabled } = provider;
    const terminated = enabled
      ? await cut(context, sessionsOfIdps(realm), `the identity provider ${name} was removed`)
      : 0;
    return { identityProvider: identityProviderForm(provider), terminated };
  },
});

function sessionsOfIdps(realm: string): Selector {
  return { realm, provider: { notTypes: [...localTypes] } };
}

/** Made after the change, so that a sign-in under way meets the revocation and cannot leave a session behind. */
async function cut({ registry, origin }: CallContext, selector: Selector, reason: string): Promise<number> {
  const { revocation } = await registry.terminate({ selector, reason, origin });
  return revocation.matched;
}

function identityProviderForm(provider: IdentityProvider): z.input<typeof identityProviderSchema> {
  const { id, realm, name, metadata, certificate, enabled, configVersion, createdAt } = provider;
  return {
    id,
    realm,
    name,
    metadata,
    certificate,
    enabled,
    configVersion,
    createdAt: instantForm(createdAt),
  };
}
