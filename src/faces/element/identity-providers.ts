import { z } from 'zod';
import { CurfewError } from '../../core/errors.ts';
import {
  createIdentityProvider,
  deleteIdentityProvider,
  disableIdentityProvider,
  enableIdentityProvider,
  type identityProviderSchema,
  listIdentityProviders,
  updateIdentityProvider,
} from '../../operations/identity-providers.ts';
import { providerUrl } from '../../sign-in/kind.ts';
import { ElementError, repeated } from './element-error.ts';
import { type MethodCall, method } from './method.ts';

type Idp = z.output<typeof identityProviderSchema>;

const nameField = z.string().min(1, 'must not be empty').max(256);
const idField = z.uuid('expected a UUID').transform((id) => id.toLowerCase());
const whichFields = { idpConfigurationID: idField.optional(), idpName: nameField.optional() };

const createIdp = method({
  name: 'CreateIdpConfiguration',
  params: z.object({ idpMetadata: z.string().min(1, 'must not be empty'), idpName: nameField }),
  permission: 'providers.write',
  async run({ idpMetadata: metadata, idpName: name }, call) {
    const made = call.ask(createIdentityProvider, { realm: call.realm, name, metadata });
    const { identityProvider } = await made.catch(taken);
    return { object: { idpConfigInfo: idpConfigInfo(identityProvider, call) } };
  },
});

const listIdps = method({
  name: 'ListIdpConfigurations',
  params: z.object({ enabledOnly: z.boolean().optional(), ...whichFields }),
  permission: 'providers.read',
  async run({ enabledOnly, idpConfigurationID: id, idpName: name }, call) {
    const found = (await idpsOf(call)).filter(
      (idp) =>
        (enabledOnly !== true || idp.enabled) &&
        (id === undefined || idp.id === id) &&
        (name === undefined || idp.name === name),
    );
    return { object: { idpConfigInfos: found.map((idp) => idpConfigInfo(idp, call)) } };
  },
});

const updateIdp = method({
  name: 'UpdateIdpConfiguration',
  params: z.object({
    ...whichFields,
    newIdpName: nameField.optional(),
    idpMetadata: z.string().min(1, 'must not be empty').optional(),
    generateNewCertificate: z.boolean().optional(),
  }),
  permission: 'providers.write',
  async run({ newIdpName, idpMetadata, generateNewCertificate, ...which }, call) {
    const { id } = await theIdp(which, call);
    const change = {
      ...(newIdpName === undefined ? {} : { name: newIdpName }),
      ...(idpMetadata === undefined ? {} : { metadata: idpMetadata }),
      ...(generateNewCertificate === undefined ? {} : { newCertificate: generateNewCertificate }),
    };
    const { identityProvider } = await call.ask(updateIdentityProvider, { id, ...change }).catch(taken);
    return { object: { idpConfigInfo: idpConfigInfo(identityProvider, call) } };
  },
});

const deleteIdp = method({
  name: 'DeleteIdpConfiguration',
  params: z.object(whichFields),
  permission: 'providers.write',
  async run(which, call) {
    const { id } = await theIdp(which, call);
    await call.ask(deleteIdentityProvider, { id });
    return { object: {} };
  },
});

const enableIdp = method({
  name: 'EnableIdpAuthentication',
  params: z.object({ idpConfigurationID: idField.optional() }),
  permission: 'providers.write',
  async run({ idpConfigurationID }, call) {
    const all = await idpsOf(call);
    const [only, ...others] = all;
    if (idpConfigurationID === undefined && (only === undefined || others.length > 0)) {
      throw new ElementError('xMissingParameter', 'Missing member=[idpConfigurationID]');
    }
    const { id } = await theIdp({ idpConfigurationID: idpConfigurationID ?? only?.id }, call);
    await call.ask(enableIdentityProvider, { id });
    return { object: {} };
  },
});

const disableIdp = method({
  name: 'DisableIdpAuthentication',
  params: z.object({}),
  permission: 'providers.write',
  async run(_params, { ask, realm }) {
    await ask(disableIdentityProvider, { realm });
    return { object: {} };
  },
});

const getState = method({
  name: 'GetIdpAuthenticationState',
  params: z.object({}),
  permission: 'providers.read',
  async run(_params, call) {
    return { object: { enabled: (await idpsOf(call)).some(({ enabled }) => enabled) } };
  },
});

interface Which {
  readonly idpConfigurationID?: string | undefined;
  readonly idpName?: string | undefined;
}

async function idpsOf({ ask, realm }: MethodCall): Promise<Idp[]> {
  return (await ask(listIdentityProviders, { realm })).identityProviders;
}

/** The configuration that is named by id, by name, or by both if they agree. */
async function theIdp({ idpConfigurationID: id, idpName: name }: Which, call: MethodCall): Promise<Idp> {
  if (id === undefined && name === undefined) {
    throw new ElementError('xMissingParameter', 'Missing member=[idpConfigurationID]');
  }
  const found = (await idpsOf(call)).find(
    (idp) => (id === undefined || idp.id === id) && (name === undefined || idp.name === name),
  );
  if (found !== undefined) return found;
  const named = repeated([id, name].filter((part) => part !== undefined).join(', '));
  throw new ElementError('xIdpConfigurationDoesNotExist', `The IdP configuration ${named} does not exist.`);
}

/** The core's word for a name that is taken is that of usernames here. */
function taken(thrown: unknown): never {
  if (thrown instanceof CurfewError && thrown.code === 'conflict') {
    throw new ElementError('xInvalidParameter', thrown.message);
  }
  throw thrown;
}

function idpConfigInfo({ id, realm, name, metadata, certificate, enabled }: Idp, { host }: MethodCall) {
  return {
    enabled,
    idpConfigurationID: id,
    idpMetadata: metadata,
    idpName: name,
    serviceProviderCertificate: certificate,
    spMetadataUrl: providerUrl(`https://${host}`, { realm, name }, 'metadata'),
  };
}

/** The methods that administer identity providers. */
export const idpMethods = [createIdp, listIdps, updateIdp, deleteIdp, enableIdp, disableIdp, getState];
