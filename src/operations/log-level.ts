import { z } from 'zod';
import { logLevels } from '../core/log.ts';
import { demandEveryRealm } from './border.ts';
import { operation } from './operation.ts';

const levelSchema = z.object({ level: z.enum(logLevels).describe('What is logged: it, and what is graver') });

export const getLogLevel = operation({
  name: 'system.log.get',
  summary: 'Show how much this server logs',
  http: { method: 'GET', path: '/v1/log-level' },
  permission: 'ledger.read',
  input: z.strictObject({}),
  output: levelSchema,
  async run(_input, { log }) {
    return levelSchema.parse({ level: log.level });
  },
});

export const setLogLevel = operation({
  name: 'system.log.set',
  summary: 'Set how much this server logs',
  description: 'It holds until the server is started anew, when the configuration decides again.',
  http: { method: 'PUT', path: '/v1/log-level' },
  permission: 'system.write',
  input: z.strictObject(levelSchema.shape),
  output: levelSchema,
  async run({ level }, { log, store, clock, caller, origin }) {
    demandEveryRealm(caller, 'The log is that of every realm');
    const before = log.level;
    // Evidence first: a log that falls silent must not do so unseen.
    await store.changeRecords({
      ...origin,
      writes: [],
      event: 'log_level.set',
      detail: { level, before },
      now: clock.now(),
    });
    log.level = level;
    return { level };
  },
});
