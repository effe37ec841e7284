import { createHash } from 'node:crypto';
import type { Route } from './routes.ts';

/** `GET /api/status`: that the server is available, and to callers who are known the version it speaks. */
export const status: Route = {
  method: 'GET',
  path: '/api/status',
  authentication: 'optional',
  async run({ caller, parts }) {
    const { services, version } = parts;
    await services.store.ping();
    const overall = { level: 'available', summary: 'All services and plugins are available' };
    if (caller === undefined) return { status: 200, body: { status: { overall: { level: overall.level } } } };
    const build = createHash('sha1').update(`curfew ${services.version}`).digest('hex');
    return {
      status: 200,
      body: {
        name: 'curfew',
        version: {
          number: version,
          build_hash: build,
          build_number: 0,
          build_snapshot: false,
          build_flavor: 'traditional',
        },
        status: { overall },
      },
    };
  },
};
