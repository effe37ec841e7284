import { selectorInSql } from '../suites/store/selector-in-sql.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';

selectorInSql('SQLite', () => openTemporarySqlite());
