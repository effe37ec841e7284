import { CurfewError } from '../../core/errors.ts';
import type { Execution } from './shell.ts';
import { readTraceLevel, traceText } from './trace.ts';

/** Curfew logs as a whole; these are the names by which scripts mean that. */
const components: ReadonlySet<string> = new Set(['', 'sms', 'curfew']);

/** `trace get` and `trace set`. */
export const traceCommands = {
  async get({ parts, calls }: Execution): Promise<string> {
    return traceText(await parts.trace.get(calls));
  },
  async set({ parts, calls, value }: Execution): Promise<string> {
    const level = readTraceLevel(value('level'));
    if (!components.has(value('component'))) {
      throw new CurfewError('invalid_input', 'Curfew logs as a whole; leave the component out, or name sms.');
    }
    await parts.trace.set(calls, level);
    return traceText(level);
  },
} as const;
