import { Argument, type Command } from 'commander';
import { completionScript, shells } from '../completion.ts';
import { act } from '../invocation.ts';
import { type Terminal, write } from '../terminal.ts';

/** `curfew completion`: a script for the shell. */
export function addCompletion(program: Command, terminal: Terminal): void {
  const command = program
    .command('completion')
    .description('print a script that completes commands and flags in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices([...shells]))
    .addHelpText(
      'after',
      `
Examples:
  source <(curfew completion bash)
  curfew completion zsh > "\${fpath[1]}/_curfew"
  curfew completion fish > ~/.config/fish/completions/curfew.fish
`,
    );
  act(command, terminal, async (_invocation, shell = '') => {
    await write(terminal.stdout, completionScript(program, shell));
  });
}
