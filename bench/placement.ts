import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Where a process runs: servers on the first core, whoever loads them on the last. */
export type Place = 'server core' | 'load core' | 'anywhere';

// All cores of the machine, not those that this process is held on.
const lastCore = cpus().length - 1;
const coresOf: Readonly<Record<Place, string>> = {
  'server core': '0',
  'load core': String(lastCore),
  anywhere: `0-${lastCore}`,
};

/** Whether processes can be held on a core here: there is `taskset`, and more than one core. */
export const canPin =
  lastCore > 0 && spawnSync('taskset', ['-c', coresOf.anywhere, process.execPath, '--version']).status === 0;

/** A command line that runs a program in its place, wherever the one who starts it is held. */
export function placed(place: Place, program: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', coresOf[place], program, ...args]] : [program, [...args]];
}
