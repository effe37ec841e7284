#!/usr/bin/env node
import { run } from './run.ts';
import { processTerminal } from './terminal.ts';

const interrupt = new AbortController();
process.on('SIGINT', () => {
  // The first asks the command to end in order; whoever insists is obeyed.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
});
// Whoever reads us, such as `head`, has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), processTerminal(interrupt.signal));
