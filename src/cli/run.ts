import { report } from './failure.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs one command line to its end.
 * @param args without the program's own name
 * @returns the exit code: 0, or that of the error (see `core/errors.ts`)
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (thrown) {
    return report(thrown, terminal, program.opts<{ debug?: boolean }>().debug === true);
  }
}
