import { type DestinationStream, destination, type Logger, pino } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The log: JSON lines with a level, an instant and a message. */
export type Log = Logger;

/** Members that may hold a secret, at any of the depths that the log is given objects of. */
const secretNames = ['authorization', 'cookie', 'token', 'tokens', 'password', 'secret', 'key', 'set-cookie'];

/**
 * Makes the log. It goes to standard error, so that what a command prints stays apart from it. No caller hands it a
 * secret; should one do so by mistake, it is left out.
 */
export function createLog(
  level: LogLevel,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Log {
  return pino(
    {
      level,
      base: {},
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretNames.flatMap((name) => {
          const quoted = `["${name}"]`;
          return [quoted, `*${quoted}`, `*.*${quoted}`];
        }),
        censor: '(left out)',
      },
    },
    stream,
  );
}
