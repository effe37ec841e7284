import { statSync } from 'node:fs';
import { CurfewError } from '../../core/errors.ts';
import { quoteWord } from '../../core/ibm-shell/words.ts';

/** What the words after `curfew pdadmin` say. */
export interface ShellArguments {
  readonly id?: string;
  readonly password?: string;
  readonly domain?: string;
  readonly management: boolean;
  readonly local: boolean;
  readonly version: boolean;
  readonly keepGoing: boolean;
  /** How many lines the interactive shell remembers. */
  readonly historySize?: number;
  /** One command, or undefined when there is a file or none at all. */
  readonly command?: string;
  readonly file?: string;
}

/** Options with a value, as IBM's shells have them; those without a name here are taken and mean nothing. */
const valued: Readonly<Record<string, keyof ShellArguments | undefined>> = {
  '-a': 'id',
  '-p': 'password',
  '-d': 'domain',
  '-histsize': 'historySize',
  '-I': undefined,
  '-linelen': undefined,
};
const switches: Readonly<Record<string, keyof ShellArguments>> = {
  '-m': 'management',
  '-l': 'local',
  '-v': 'version',
  '--keep-going': 'keepGoing',
};

/**
 * Reads options up to the first word that is none; what follows is one command, or one file of commands. The options of
 * a command, such as `-realm`, belong to it wherever they stand.
 * @throws CurfewError `invalid_input`
 */
export function readArguments(words: readonly string[]): ShellArguments {
  const found: Record<string, string | boolean | number> = {};
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    const flag = switches[word];
    if (flag !== undefined) found[flag] = true;
    else if (Object.hasOwn(valued, word)) {
      const value = words[++at];
      if (value === undefined) throw new CurfewError('invalid_input', `The option ${word} needs a value.`);
      const name = valued[word];
      if (name !== undefined) found[name] = name === 'historySize' ? sizeOf(value) : value;
    } else break;
  }
  if (words[at]?.startsWith('-') && words[at] !== '-') {
    throw new CurfewError(
      'invalid_input',
      `There is no option ${quoteWord((words[at] as string).slice(0, 32))} before the command; see --help.`,
    );
  }
  return {
    management: false,
    local: false,
    version: false,
    keepGoing: false,
    ...found,
    ...rest(words.slice(at)),
  };
}

function rest(words: readonly string[]): Pick<ShellArguments, 'command' | 'file'> {
  const [first] = words;
  if (first === undefined) return {};
  if (words.length > 1) return { command: words.map(quoteWord).join(' ') };
  const isFile = statSync(first, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? { file: first } : { command: first };
}

function sizeOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new CurfewError('invalid_input', 'The option -histsize takes a number.');
}
