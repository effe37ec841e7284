import { createPrivateKey, X509Certificate } from 'node:crypto';
import { CurfewError } from '../../core/errors.ts';
import { type ProviderDefinition, type ProviderKind, type ProviderParts, providerUrl } from '../kind.ts';
import { readIdpMetadata } from './idp-metadata.ts';
import { IdpSource } from './idp-source.ts';
import { SamlProvider } from './provider.ts';
import { type SamlSettings, samlSettings } from './settings.ts';

/** Sign-in by SAML 2.0. */
export const samlKind: ProviderKind<typeof samlSettings> = {
  type: 'saml',
  summary:
    'An identity provider of SAML 2.0, such as Keycloak, AD FS, Microsoft Entra ID, Okta or Shibboleth.',
  settings: samlSettings,
  secrets: {
    privateKey:
      'The private key of `certificate`, in PEM: signs what is sent to the identity provider, and opens what is encrypted for Curfew.',
  },
  create(definition, parts): SamlProvider {
    const { settings } = definition;
    checkSettings(settings, definition.secrets);
    const { clock, limitedFetch, publicUrl } = parts;
    const fetcher = limitedFetch({ timeoutMs: settings.timeout, ca: settings.ca });
    return new SamlProvider({
      definition,
      source: new IdpSource({ settings, clock, fetcher }),
      clock,
      publicUrl,
      entityId: settings.entityId ?? providerUrl(publicUrl, definition, 'metadata'),
      callbackUrl: providerUrl(publicUrl, definition, 'callback'),
      logoutUrl: providerUrl(publicUrl, definition, 'logout'),
      key: keySource(definition, parts),
      close: () => fetcher.close(),
    });
  },
  ofIdentityProvider: ({ metadata, certificate }) => ({ metadata, certificate }),
};

/** The key stands with the definition, or with the identity provider of Element. */
function keySource(
  { settings, secrets }: ProviderDefinition<SamlSettings>,
  { keyOf }: Pick<ProviderParts, 'keyOf'>,
): () => Promise<string | undefined> {
  const { certificate } = settings;
  const { privateKey } = secrets;
  if (certificate === undefined) return async () => undefined;
  if (privateKey !== undefined) {
    const pem = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
    return async () => pem;
  }
  return () => keyOf(certificate);
}

/** What no single setting shows. */
function checkSettings(
  { metadata, metadataUrl, identityProvider, certificate }: SamlSettings,
  { privateKey }: Readonly<Record<string, string>>,
): void {
  if ((metadata === undefined) === (metadataUrl === undefined)) {
    throw invalid('metadata', 'give either metadata or metadataUrl');
  }
  if (metadata !== undefined) {
    try {
      readIdpMetadata(metadata, identityProvider);
    } catch (error) {
      throw invalid('metadata', (error as Error).message);
    }
  }
  if (privateKey !== undefined && certificate === undefined)
    throw invalid('certificate', 'is missing, beside privateKey');
  if (certificate !== undefined) checkKey(certificate, privateKey);
}

function checkKey(certificate: string, privateKey: string | undefined): void {
  let read: X509Certificate;
  try {
    read = new X509Certificate(certificate);
  } catch {
    throw invalid('certificate', 'is not a certificate in PEM');
  }
  if (privateKey === undefined) return;
  let isPair: boolean;
  try {
    isPair = read.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    throw invalid('privateKey', 'is not a private key in PEM');
  }
  if (!isPair) throw invalid('privateKey', 'is not the key of the certificate');
  if (read.publicKey.asymmetricKeyType !== 'rsa')
    throw invalid('certificate', 'is not of an RSA key, as SAML takes');
}

function invalid(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${path}: ${message.replace(/\.$/, '')}.`, {
    faults: [{ path, message }],
  });
}
