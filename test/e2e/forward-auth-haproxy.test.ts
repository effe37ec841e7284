import { realPart } from '../support/real-parts.ts';
import { forwardAuthSuite } from './forward-auth-suite.ts';

forwardAuthSuite({
  name: 'haproxy',
  start: ['haproxy/start.mjs'],
  skip: realPart('haproxy').skip,
  unavailable: 503,
  hanging: 503,
});
