import { configWarnings, readConfig } from '../config.ts';
import { toCurfewError } from '../core/errors.ts';
import type { Finding } from './diagnosis.ts';

/** What is wrong with a server's settings file, if anything is. */
export function settingsFile(path: string): Finding[] {
  const check = 'Settings';
  try {
    const warnings = configWarnings(readConfig({ config: path }, {}));
    const remedy = 'Change it unless it is meant so.';
    if (warnings.length > 0) return warnings.map((detail) => ({ check, state: 'warn', detail, remedy }));
    return [{ check, state: 'ok', detail: `${path} can be read` }];
  } catch (error) {
    const { code, message } = toCurfewError(error);
    return [
      {
        check,
        state: 'fail',
        detail: message,
        remedy: `Correct it in ${path}; docs/reference/settings.md describes each key.`,
        code,
      },
    ];
  }
}
