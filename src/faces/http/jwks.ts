import type { FastifyInstance } from 'fastify';
import type { SigningKeys } from '../../access/signing-keys.ts';

/** A new key signs at once, so whoever meets a `kid` that is not known reads the keys anew. */
const maxAgeSeconds = 300;

/** `/.well-known/jwks.json`: the keys by which others check what Curfew signs (RFC 7517). Open to everybody. */
export function addJwks(app: FastifyInstance, signingKeys: Pick<SigningKeys, 'list'>): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    const keys = (await signingKeys.list()).map(({ id, algorithm, publicJwk }) => ({
      ...publicJwk,
      kid: id,
      alg: algorithm,
      use: 'sig',
    }));
    return reply
      .header('cache-control', `public, max-age=${maxAgeSeconds}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify({ keys }));
  });
}
