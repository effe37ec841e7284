import { endingParts } from '../../suites/store-suite.ts';
import { conform } from './conformance.ts';

conform('the embedded PostgreSQL', { version: 'embedded' }, endingParts);
