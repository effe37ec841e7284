import { realPart } from '../support/real-parts.ts';
import { forwardAuthSuite } from './forward-auth-suite.ts';

forwardAuthSuite({
  name: 'caddy',
  start: ['caddy/start.mjs'],
  skip: realPart('caddy').skip,
  unavailable: 502,
  hanging: 504,
});
