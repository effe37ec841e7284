import { endingParts } from '../../suites/store-suite.ts';
import { conform } from './conformance.ts';

conform('PostgreSQL behind PgBouncer in transaction mode', { pooler: true }, endingParts);
