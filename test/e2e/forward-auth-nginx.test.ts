import { realPart } from '../support/real-parts.ts';
import { forwardAuthSuite } from './forward-auth-suite.ts';

forwardAuthSuite({
  name: 'nginx',
  start: ['nginx/start.mjs', '--forward-auth'],
  skip: realPart('nginx').skip,
  unavailable: 503,
  hanging: 503,
});
