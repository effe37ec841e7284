import { cutCases, cutSuite } from './cut-suite.ts';

cutSuite('SQLite', async () => ({}), cutCases);
