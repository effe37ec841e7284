import { PassThrough } from 'node:stream';
import { Help, type Option } from 'commander';
import picocolors from 'picocolors';
import { errorTable } from '../core/errors.ts';
import { allNodes, type CommandNode, commandTree } from './command-tree.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** The reference page of the command line, docs/reference/cli.md, made from the commands themselves. */
export function cliReference(): string {
  const root = commandTree(createProgram(nowhere()));
  const commands = [...allNodes(root)].filter(
    ({ path, subcommands }) => path.length > 0 && subcommands.length === 0,
  );
  return [
    '# The command line\n',
    '<!-- Generated from the commands by npm run generate; edit src/cli instead. -->\n',
    `${root.command.description()}\n`,
    '## Flags of every command\n',
    optionTable(root.options),
    '## Exit codes\n',
    exitCodes(),
    '## Commands\n',
    commands.map(({ path }) => `- [\`curfew ${path.join(' ')}\`](#curfew-${path.join('-')})`).join('\n'),
    '',
    ...commands.map(section),
  ].join('\n');
}

function section(node: CommandNode): string {
  const { command, path, options } = node;
  const usage = new Help().commandUsage(command).replaceAll(/\s+/g, ' ');
  const args = node.arguments.map((argument) => `- \`${argument.name()}\`: ${cell(argument.description)}`);
  return [
    `## curfew ${path.join(' ')}\n`,
    `${sentence(command.description())}\n`,
    `\`\`\`text\n${usage}\n\`\`\`\n`,
    ...(args.length === 0 ? [] : [`${args.join('\n')}\n`]),
    ...(options.length === 0 ? [] : [optionTable(options)]),
    ...afterText(node),
  ].join('\n');
}

function optionTable(options: readonly Option[]): string {
  const help = new Help();
  const rows = options.map((option) => `| \`${option.flags}\` | ${cell(help.optionDescription(option))} |`);
  return `| flag | meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

/** The examples that --help shows below the flags. */
function afterText({ command }: CommandNode): string[] {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  const whole = command.helpInformation();
  const after = text.slice(text.indexOf(whole) + whole.length).trim();
  return after === '' ? [] : [`\`\`\`text\n${after}\n\`\`\`\n`];
}

function exitCodes(): string {
  const titles = new Map<number, string[]>([
    [0, ['Done']],
    [1, ['A question was answered with no']],
  ]);
  for (const [code, { exit, title }] of Object.entries(errorTable)) {
    titles.set(exit, [...(titles.get(exit) ?? []), `${title} (\`${code}\`)`]);
  }
  titles.set(130, ['Ended by Ctrl-C']);
  const rows = [...titles]
    .sort(([a], [b]) => a - b)
    .map(([exit, names]) => `| ${exit} | ${names.join('; ')} |`);
  return `| code | meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;');
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}

/** A terminal that nobody sees, of a fixed width, so that the page is the same wherever it is made. */
function nowhere(): Terminal {
  const stream = Object.assign(new PassThrough(), { columns: 100 });
  const colors = picocolors.createColors(false);
  return {
    stdin: stream,
    stdout: stream,
    stderr: stream,
    env: {},
    clock: { now: () => 0 },
    colors,
    errorColors: colors,
    interactive: false,
    interrupted: new AbortController().signal,
  };
}
