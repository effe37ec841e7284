/**
 * The algorithms by which an issuer may sign: public keys alone. With a shared secret (HS256) everybody who knows it
 * could sign, and the issuer's public key could be passed off as one; `none` signs nothing.
 */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
