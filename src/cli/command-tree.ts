import type { Argument, Command, Option } from 'commander';

/** One command of the tree, as completion and reference need it. */
export interface CommandNode {
  /** The words that lead to it, without the name of the program. */
  readonly path: readonly string[];
  readonly command: Command;
  readonly subcommands: readonly CommandNode[];
  /** Its own options, and those of every command. */
  readonly options: readonly Option[];
  readonly globalOptions: readonly Option[];
  readonly arguments: readonly Argument[];
}

/** Reads the tree of a program. */
export function commandTree(program: Command): CommandNode {
  return nodeOf(program, [], []);
}

/** A command and all below it, parents first. */
export function* allNodes(node: CommandNode): Generator<CommandNode> {
  yield node;
  for (const child of node.subcommands) yield* allNodes(child);
}

function nodeOf(command: Command, path: readonly string[], globalOptions: readonly Option[]): CommandNode {
  const options = command.options.filter(({ hidden }) => !hidden);
  const passedOn = [...globalOptions, ...options.filter(({ long }) => long !== '--version')];
  return {
    path,
    command,
    options,
    globalOptions,
    arguments: command.registeredArguments,
    subcommands: command.commands.map((child) => nodeOf(child, [...path, child.name()], passedOn)),
  };
}

/** Whether the value of an option or argument is a file or folder, by how its placeholder reads. */
export function takesPath(placeholder: string): boolean {
  return /[<[](file|folder)/.test(placeholder) || placeholder === 'file' || placeholder === 'folder';
}
