import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Operation } from '../../operations/operation.ts';
import { docsPage, docsStyle } from './docs-page.ts';
import { openApi } from './openapi.ts';

/** `/openapi.json` and `/docs`, both made once at the start. The page needs no script and nothing from elsewhere. */
export function addDocuments(app: FastifyInstance, operations: readonly Operation[], version: string): void {
  const description = openApi(operations, version);
  const json = JSON.stringify(description);
  const page = docsPage(description);
  const style = createHash('sha256').update(docsStyle).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(json),
  );
  for (const path of ['/docs', '/docs/']) {
    app.get(path, async (_request, reply) =>
      reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page),
    );
  }
}
