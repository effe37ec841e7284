import { createPrivateKey, type KeyObject } from 'node:crypto';
import { importPKCS8 } from 'jose';
import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt } from 'openid-client';
import { CurfewError } from '../../core/errors.ts';
import type { OidcSettings } from './settings.ts';

/** The secrets of a provider of OpenID Connect, with what each is. */
export const oidcSecrets = {
  clientSecret: 'What the issuer knows Curfew by, for client_secret_basic and client_secret_post.',
  privateKey: 'The key that Curfew signs with to show who it is, in PEM, for private_key_jwt.',
} as const;

/**
 * How Curfew proves to the issuer who it is.
 * @throws CurfewError `invalid_input` when the secret that it takes is missing or is no key
 */
export function clientAuthentication(
  { clientAuthentication: method, privateKeyId }: OidcSettings,
  secrets: Readonly<Record<string, string>>,
): ClientAuth {
  switch (method) {
    case 'client_secret_basic':
      return ClientSecretBasic(demandSecret(secrets, 'clientSecret', method));
    case 'client_secret_post':
      return ClientSecretPost(demandSecret(secrets, 'clientSecret', method));
    case 'private_key_jwt':
      return privateKeyJwt(demandSecret(secrets, 'privateKey', method), privateKeyId);
    case 'none':
      return None();
  }
}

function demandSecret(secrets: Readonly<Record<string, string>>, name: string, method: string): string {
  const secret = secrets[name];
  if (secret === undefined || secret === '') throw invalid(name, `is missing, and ${method} needs it`);
  return secret;
}

/** RFC 7523 section 2.2. The key is made ready at its first use, since that takes a promise. */
function privateKeyJwt(pem: string, kid: string | undefined): ClientAuth {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw invalid('privateKey', 'is not a private key in PEM');
  }
  const algorithm = algorithmOf(key);
  const pkcs8 = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  const ready = importPKCS8(pkcs8, algorithm).then((cryptoKey) =>
    PrivateKeyJwt(kid === undefined ? cryptoKey : { key: cryptoKey, kid }),
  );
  ready.catch(() => undefined);
  return async (...request) => (await ready)(...request);
}

/** The algorithm that a key signs with (RFC 7518 section 3.1, RFC 8037). */
function algorithmOf(key: KeyObject): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return 'RS256';
  if (type === 'ed25519') return 'EdDSA';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  if (type === 'ec' && details?.namedCurve === 'secp384r1') return 'ES384';
  throw invalid('privateKey', 'is of a kind that no issuer takes: expected RSA, P-256, P-384 or Ed25519');
}

function invalid(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${path} ${message}.`, { faults: [{ path, message }] });
}
