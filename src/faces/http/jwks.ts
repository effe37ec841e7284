import type { FastifyInstance } from 'fastify';
import type { Services } from '../../operations/operation.ts';

/** A new key signs at once, so whoever meets a `kid` that is not known reads the keys anew. */
const maxAgeSeconds = 300;

/** `/.well-known/jwks.json`: the keys by which others check what Curfew signs (RFC 7517). Open to everybody. */
export function addJwks(
  app: FastifyInstance,
  { registry, access }: Pick<Services, 'registry' | 'access'>,
): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    await registry.catchUp();
    const keys = (await access.signingKeys.list()).map(({ id, algorithm, publicJwk }) => ({
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
