import { storeSuite } from '../suites/store-suite.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';

storeSuite('SQLite', () => openTemporarySqlite());
