import { livingParts } from '../../suites/store-suite.ts';
import { conform } from './conformance.ts';

conform('the PostgreSQL of the system', {}, livingParts);
