import type { Command, Option } from 'commander';
import { CurfewError } from '../core/errors.ts';
import { allNodes, type CommandNode, commandTree, takesPath } from './command-tree.ts';

/** The shells that a script can be made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof shells)[number];

/** What can follow the words of one command. */
interface Place {
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
  readonly takesFile: boolean;
}

/** An option with a value: what the value may be. */
interface ValuedOption {
  readonly flags: readonly string[];
  readonly choices: readonly string[];
  readonly takesFile: boolean;
}

/**
 * A script that completes the commands and flags of a program. It is made from the program, so it knows what there is.
 * @throws CurfewError `invalid_input` for another shell
 */
export function completionScript(program: Command, shell: string): string {
  const tree = commandTree(program);
  const places = [...allNodes(tree)].map(placeOf);
  const valued = valuedOptions(tree);
  switch (shell) {
    case 'bash':
      return bashScript(places, valued);
    case 'zsh':
      return zshScript(places, valued);
    case 'fish':
      return fishScript(tree);
    default:
      throw new CurfewError(
        'invalid_input',
        `There is no completion for ${JSON.stringify(shell)}; known are ${shells.join(', ')}.`,
      );
  }
}

function placeOf(node: CommandNode): Place {
  const words = [
    ...node.subcommands.map(({ path, command }) => ({
      word: path.at(-1) as string,
      about: command.description(),
    })),
    ...node.arguments.flatMap((argument) =>
      (argument.argChoices ?? []).map((word) => ({ word, about: argument.description })),
    ),
    ...[...node.options, ...node.globalOptions].map((option) => ({
      word: flagOf(option),
      about: option.description,
    })),
    { word: '--help', about: 'show help' },
  ];
  return {
    path: node.path.join(' '),
    words,
    takesFile: node.arguments.some((argument) => takesPath(argument.name())),
  };
}

function valuedOptions(tree: CommandNode): ValuedOption[] {
  const found = new Map<string, ValuedOption>();
  for (const node of allNodes(tree)) {
    for (const option of node.options) {
      if (!option.required && !option.optional) continue;
      const flags = [option.long, option.short].filter((flag) => flag !== undefined);
      found.set(flagOf(option), {
        flags,
        choices: option.argChoices ?? [],
        takesFile: takesPath(option.flags),
      });
    }
  }
  return [...found.values()];
}

function flagOf(option: Option): string {
  return option.long ?? option.short ?? '';
}

/** The way through the words of the line to the command, the same in bash and zsh; values of options are stepped over. `path` would not do as a name: zsh ties it to PATH. */
function walk(places: readonly Place[], valued: readonly ValuedOption[], first: number): string {
  const flags = valued.flatMap((option) => option.flags).join('|');
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  return `  local place="" word skip=0 i
  for ((i = ${first}; i < current; i++)); do
    word="\${words[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${flags}) skip=1 ;;
      -*) ;;
      *) case "\${place:+$place }$word" in
           ${paths.join('|')}) place="\${place:+$place }$word" ;;
         esac ;;
    esac
  done
`;
}

function bashScript(places: readonly Place[], valued: readonly ValuedOption[]): string {
  const values = valued.map(({ flags, choices, takesFile }) => {
    const answer =
      choices.length > 0
        ? `COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word_now"))`
        : takesFile
          ? 'COMPREPLY=($(compgen -f -- "$word_now"))'
          : 'COMPREPLY=()';
    return `    ${flags.join('|')}) ${answer}; return ;;`;
  });
  const cases = places.map(({ path, words, takesFile }) => {
    const files = takesFile ? '; [[ "$word_now" == -* ]] || COMPREPLY+=($(compgen -f -- "$word_now"))' : '';
    return `    "${path}") COMPREPLY=($(compgen -W "${words.map(({ word }) => word).join(' ')}" -- "$word_now"))${files} ;;`;
  });
  return `# Completion of curfew for bash. To load it: source <(curfew completion bash)
_curfew() {
  local words=("\${COMP_WORDS[@]}") current=$COMP_CWORD
  local word_now="\${words[current]}" before="\${words[current-1]}"
  case "$before" in
${values.join('\n')}
  esac
${walk(places, valued, 1)}  case "$place" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _curfew curfew
`;
}

function zshScript(places: readonly Place[], valued: readonly ValuedOption[]): string {
  const values = valued.map(({ flags, choices, takesFile }) => {
    const answer = choices.length > 0 ? `compadd -- ${choices.join(' ')}` : takesFile ? '_files' : ':';
    return `    ${flags.join('|')}) ${answer}; return ;;`;
  });
  const cases = places.map(({ path, words, takesFile }) => {
    const described = words.map(
      ({ word, about }) => `'${quoted(word.replaceAll(':', '\\:'))}:${quoted(about)}'`,
    );
    return `    "${path}") options=(${described.join(' ')})${takesFile ? '; _files' : ''} ;;`;
  });
  return `#compdef curfew
# Completion of curfew for zsh. To load it: source <(curfew completion zsh)
_curfew() {
  local current=$CURRENT before="\${words[CURRENT-1]}"
  local -a options
  case "$before" in
${values.join('\n')}
  esac
${walk(places, valued, 2)}  case "$place" in
${cases.join('\n')}
  esac
  _describe 'curfew' options
}
compdef _curfew curfew
`;
}

function fishScript(tree: CommandNode): string {
  const lines = [
    '# Completion of curfew for fish. To load it: curfew completion fish | source',
    'complete -c curfew -f',
  ];
  for (const node of allNodes(tree)) {
    const isRoot = node.path.length === 0;
    const siblings = node.subcommands.map(({ path }) => path.at(-1) as string);
    const here = node.path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const notDeeper = siblings.length === 0 ? '' : `not __fish_seen_subcommand_from ${siblings.join(' ')}`;
    const condition = [here, notDeeper].filter((part) => part !== '').join('; and ');
    for (const child of node.subcommands)
      lines.push(
        `complete -c curfew -n '${condition}' -a ${child.path.at(-1)} -d '${fishQuoted(child.command.description())}'`,
      );
    for (const argument of node.arguments) {
      if (argument.argChoices !== undefined)
        lines.push(`complete -c curfew -n '${here}' -a '${argument.argChoices.join(' ')}'`);
      else if (takesPath(argument.name())) lines.push(`complete -c curfew -n '${here}' -F`);
    }
    for (const option of node.options) lines.push(fishOption(option, isRoot ? '' : here));
  }
  return `${lines.join('\n')}\n`;
}

function fishOption(option: Option, condition: string): string {
  const parts = ['complete -c curfew'];
  if (condition !== '') parts.push(`-n '${condition}'`);
  if (option.short !== undefined) parts.push(`-s ${option.short.slice(1)}`);
  if (option.long !== undefined) parts.push(`-l ${option.long.slice(2)}`);
  if (option.required) parts.push(takesPath(option.flags) ? '-r -F' : '-x');
  if (option.argChoices !== undefined) parts.push(`-a '${option.argChoices.join(' ')}'`);
  parts.push(`-d '${fishQuoted(option.description)}'`);
  return parts.join(' ');
}

/** Text between single quotes of zsh: a quote ends them, stands alone, and opens them again. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}

/** Text between single quotes of fish, where a backslash escapes. */
function fishQuoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
