import { z } from 'zod';
import { providerTypes } from '../sign-in/provider.ts';
import { providerNamePattern } from '../sign-in/provider-settings.ts';
import { type Provider, providerSources } from '../sign-in/stored-provider.ts';
import { reachableRealm, realmFor } from './border.ts';
import { demandKnownRealm } from './known-realm.ts';
import { type CallContext, operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

const idSchema = z.uuid().describe('The id of the provider');
const secretText = z.string().min(1).max(65_536).meta({ format: 'password' });
const settingsSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => JSON.stringify(value).length <= 1024 * 512, 'expected at most 512 KiB of JSON')
  .describe('The settings of its type, as in the configuration file; without name, realm, title and secrets');
const titleSchema = nameSchema(100).describe('What the sign-in page calls it');
const orderSchema = z.int().min(0).max(1_000_000).describe('The sign-in page offers them by ascending order');
const terminatedSchema = z.int().describe('How many live sessions it ended, exactly');

/** A provider as callers see it: never a secret. */
export const providerSchema = z
  .object({
    id: z.uuid(),
    type: z.enum(providerTypes),
    realm: z.string(),
    name: z.string().describe('Unique in its realm; sessions bear it as provider.name'),
    title: z.string(),
    enabled: z.boolean().describe('Whether users may sign in by it'),
    order: z.int(),
    configVersion: z.int().describe('One more with each change; sessions bear it as providerConfigVersion'),
    source: z
      .enum(providerSources)
      .describe('Where it is set up: configuration = the configuration file, element = an identity provider'),
    settings: z.record(z.string(), z.unknown()),
    secrets: z.array(z.string()).describe('The names of the secrets that it has'),
    createdAt: instantSchema,
  })
  .meta({ id: 'Provider', description: 'A way in which users sign in by Curfew' });

export const listProviders = operation({
  name: 'providers.list',
  summary: 'List the ways to sign in, in the order of the sign-in page',
  http: { method: 'GET', path: '/v1/providers' },
  permission: 'providers.read',
  input: z.strictObject({ realm: nameSchema(128).optional().describe('Only those of this realm') }),
  output: z.object({ providers: z.array(providerSchema) }),
  async run({ realm: named }, { signIn, caller }) {
    const realm = reachableRealm(caller, named);
    const found = signIn.providers.list(caller).filter((one) => realm === undefined || one.realm === realm);
    return { providers: found.map(providerForm) };
  },
});

export const getProvider = operation({
  name: 'providers.get',
  summary: 'Show one provider',
  http: { method: 'GET', path: '/v1/providers/{id}' },
  permission: 'providers.read',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ provider: providerSchema }),
  async run({ id }, { signIn, caller }) {
    return { provider: providerForm(signIn.providers.get(id, caller)) };
  },
});

export const createProvider = operation({
  name: 'providers.create',
  summary: 'Add a way to sign in',
  description: 'Secrets are kept sealed and are in no answer. Try it with providers.test.',
  http: { method: 'POST', path: '/v1/providers', status: 201 },
  permission: 'providers.write',
  input: z.strictObject({
    type: z.enum(providerTypes),
    realm: nameSchema(128).optional().describe('The realm of the caller, else default'),
    name: z
      .string()
      .regex(providerNamePattern, 'expected letters, digits, dots, hyphens and underscores, at most 64')
      .describe('Unique in its realm; sessions bear it as provider.name'),
    title: titleSchema.optional(),
    enabled: z.boolean().default(true),
    order: orderSchema.optional(),
    settings: settingsSchema.default({}),
    secrets: z.record(z.string().max(64), secretText).default({}),
  }),
  output: z.object({ provider: providerSchema }),
  async run(input, { signIn, registry, caller, origin }) {
    const realm = realmFor(caller, input.realm);
    demandKnownRealm(registry, realm);
    return { provider: providerForm(await signIn.providers.create({ ...input, realm }, { caller, origin })) };
  },
});

export const updateProvider = operation({
  name: 'providers.update',
  summary: 'Change a provider that was added over the API',
  description:
    'What is not given stays; settings are replaced as a whole. Sessions made before live on unless endSessions is true.',
  http: { method: 'PATCH', path: '/v1/providers/{id}' },
  permission: 'providers.write',
  input: z.strictObject({
    id: idSchema,
    title: titleSchema.optional(),
    order: orderSchema.optional(),
    settings: settingsSchema.optional(),
    secrets: z
      .record(z.string().max(64), secretText.nullable())
      .optional()
      .describe('One by one; null takes one away'),
    endSessions: z
      .boolean()
      .default(false)
      .describe('True ends the sessions that were made under the former configuration'),
  }),
  output: z.object({ provider: providerSchema, terminated: terminatedSchema }),
  async run({ id, endSessions, ...change }, context) {
    const { signIn, caller, origin } = context;
    const provider = await signIn.providers.update(id, change, { caller, origin });
    const terminated = endSessions
      ? await end(context, provider, 'was set up anew', {
          providerConfigVersionBelow: provider.configVersion,
        })
      : 0;
    return { provider: providerForm(provider), terminated };
  },
});

export const enableProvider = operation({
  name: 'providers.enable',
  summary: 'Let users sign in by a provider again',
  http: { method: 'POST', path: '/v1/providers/{id}/enable' },
  permission: 'providers.write',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ provider: providerSchema }),
  async run({ id }, { signIn, caller, origin }) {
    return { provider: providerForm(await signIn.providers.setEnabled(id, true, { caller, origin })) };
  },
});

export const disableProvider = operation({
  name: 'providers.disable',
  summary: 'Let nobody sign in by a provider, and end the sessions that came from it',
  description: 'Also one of the configuration file, until its entry there changes or it is enabled again.',
  http: { method: 'POST', path: '/v1/providers/{id}/disable' },
  permission: 'providers.write',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ provider: providerSchema, terminated: terminatedSchema }),
  async run({ id }, context) {
    const { signIn, caller, origin } = context;
    const provider = await signIn.providers.setEnabled(id, false, { caller, origin });
    return { provider: providerForm(provider), terminated: await end(context, provider, 'was disabled') };
  },
});

export const deleteProvider = operation({
  name: 'providers.delete',
  summary: 'Remove a provider that was added over the API, and end the sessions that came from it',
  http: { method: 'DELETE', path: '/v1/providers/{id}' },
  permission: 'providers.write',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ provider: providerSchema, terminated: terminatedSchema }),
  async run({ id }, context) {
    const { signIn, caller, origin } = context;
    const provider = await signIn.providers.remove(id, { caller, origin });
    return { provider: providerForm(provider), terminated: await end(context, provider, 'was removed') };
  },
});

export const testProvider = operation({
  name: 'providers.test',
  summary: 'Try a provider as far as a sign-in goes without a user',
  description:
    'Answers a line for each step that worked; what fails is answered as provider_unavailable, with the reason.',
  http: { method: 'POST', path: '/v1/providers/{id}/test' },
  permission: 'providers.write',
  input: z.strictObject({ id: idSchema }),
  output: z.object({ steps: z.array(z.string()) }),
  async run({ id }, { signIn, caller }) {
    const trial = signIn.providers.trial(id, caller);
    try {
      return { steps: [...(await trial.test()).steps] };
    } finally {
      await trial.close();
    }
  },
});

/** Made after the change, so that a sign-in under way meets the revocation and cannot leave a session behind. */
async function end(
  { registry, origin }: CallContext,
  { realm, type, name }: Provider,
  what: string,
  further: { providerConfigVersionBelow?: number } = {},
): Promise<number> {
  const { revocation } = await registry.terminate({
    selector: { realm, provider: { type, name }, ...further },
    reason: `the provider ${name} ${what}`,
    origin,
  });
  return revocation.matched;
}

function providerForm(provider: Provider): z.input<typeof providerSchema> {
  const { secrets, settings, createdAt, ...rest } = provider;
  return {
    ...rest,
    settings: { ...settings },
    secrets: [...secrets],
    createdAt: instantForm(createdAt),
  };
}
