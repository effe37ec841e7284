import { CurfewError } from '../errors.ts';
import { quoteWord, type Word, wordsOf } from './words.ts';

/** An option of the shells. `value` names what follows it; without one it is a switch. */
export interface OptionForm {
  readonly name: string;
  readonly value?: string;
  readonly required?: boolean;
}

/** The form of one command. */
export interface CommandForm {
  /** Its words, separated by blanks; those in angle brackets stand for a value: `policy get <policy>`. */
  readonly words: string;
  readonly options?: readonly OptionForm[];
  readonly summary: string;
  /** It is carried out by whoever reads the command, without a server. */
  readonly isLocal?: boolean;
}

/** The commands of one shell. */
export interface Grammar {
  readonly name: 'pdadmin' | 'dscadmin';
  readonly forms: readonly CommandForm[];
}

/** A command that has been understood. */
export interface ParsedCommand {
  readonly form: CommandForm;
  /** The words that stand for values, by their names: `server` of `<server>`. */
  readonly values: Readonly<Record<string, string>>;
  /** Values of options by their names, `true` for a switch. */
  readonly options: Readonly<Record<string, string | true>>;
}

/** The syntax line of a command. */
export function syntaxOf({ words, options = [] }: CommandForm): string {
  const parts = options.map(({ name, value, required }) => {
    const text = value === undefined ? `-${name}` : `-${name} <${value}>`;
    return required === true ? text : `[${text}]`;
  });
  return [words, ...parts].join(' ');
}

/**
 * Understands one command line.
 * @throws CurfewError `invalid_input` saying what is wrong and how the command is written
 */
export function parseCommand(grammar: Grammar, line: string): ParsedCommand {
  const words = wordsOf(line);
  const { positionals, options } = separate(grammar, words);
  const candidates = grammar.forms.flatMap((form) => {
    const match = matchWords(form, positionals);
    return match === undefined ? [] : [{ form, ...match }];
  });
  const found = candidates.find(({ isWhole }) => isWhole);
  if (found === undefined) {
    throw candidates.length > 0
      ? wrongForm(
          'The command has too few or too many words',
          candidates.map(({ form }) => form),
        )
      : unknownCommand(grammar, positionals);
  }
  const { form, values } = found;
  demandOptions(form, options);
  return { form, values, options };
}

/** Commands that begin with some words; all of them for none. */
export function formsBelow(grammar: Grammar, words: readonly string[]): CommandForm[] {
  return grammar.forms.filter((form) => {
    const keywords = form.words.split(' ');
    return words.every((word, index) => keywords[index] === word || isPlaceholder(keywords[index]));
  });
}

/** What can follow what has been typed: the next words of commands, and the names of options. */
export function completionsOf(grammar: Grammar, typed: string, servers: readonly string[] = []): string[] {
  const words = typed.trimStart().split(/\s+/);
  const current = words.pop() ?? '';
  const found = new Set<string>();
  for (const form of formsBelow(grammar, words)) {
    const next = form.words.split(' ')[words.length];
    if (next === '<server>') for (const server of servers) found.add(server);
    else if (next !== undefined && !isPlaceholder(next)) found.add(next);
    else for (const { name } of form.options ?? []) found.add(`-${name}`);
  }
  return [...found].filter((word) => word.startsWith(current)).sort();
}

function isPlaceholder(word: string | undefined): boolean {
  return word !== undefined && (word.startsWith('<') || word.startsWith('[<'));
}

function separate(
  grammar: Grammar,
  words: readonly Word[],
): { positionals: string[]; options: Record<string, string | true> } {
  const known = new Map(grammar.forms.flatMap(({ options = [] }) => options.map((one) => [one.name, one])));
  const positionals: string[] = [];
  const options: Record<string, string | true> = Object.create(null);
  for (let index = 0; index < words.length; index++) {
    const { text, isOption } = words[index] as Word;
    if (!isOption) {
      positionals.push(text);
      continue;
    }
    const option = known.get(text.slice(1));
    if (option === undefined) {
      throw invalid(
        `There is no option ${quoteWord(text)}; a name that begins with a hyphen goes after a lone -`,
      );
    }
    if (option.name in options) throw invalid(`The option -${option.name} is given twice`);
    if (option.value === undefined) {
      options[option.name] = true;
      continue;
    }
    const value = words[++index];
    if (value === undefined || value.isOption) {
      throw invalid(`The option -${option.name} needs a value: -${option.name} <${option.value}>`);
    }
    options[option.name] = value.text;
  }
  return { positionals, options };
}

/** Whether words are a command of a form, and all of it; undefined when they are another command. */
function matchWords(
  form: CommandForm,
  words: readonly string[],
): { isWhole: boolean; values: Record<string, string> } | undefined {
  const expected = form.words.split(' ');
  const values: Record<string, string> = {};
  let keywords = 0;
  for (const [index, word] of expected.entries()) {
    const given = words[index];
    if (isPlaceholder(word)) {
      if (given !== undefined) values[word.replace(/[[\]<>]/g, '')] = given;
      continue;
    }
    if (given !== word) return given === undefined && keywords > 1 ? { isWhole: false, values } : undefined;
    keywords++;
  }
  const least = expected.filter((word) => !word.startsWith('[')).length;
  const isOpen = expected.at(-1)?.endsWith('...]') ?? false;
  if (isOpen) values.rest = words.slice(expected.length - 1).join(' ');
  return { isWhole: words.length >= least && (isOpen || words.length <= expected.length), values };
}

function demandOptions(form: CommandForm, options: Readonly<Record<string, unknown>>): void {
  const allowed = form.options ?? [];
  for (const name of Object.keys(options)) {
    if (!allowed.some((option) => option.name === name)) {
      throw wrongForm(`The command takes no option -${name}`, [form]);
    }
  }
  const missing = allowed.find(({ name, required }) => required === true && options[name] === undefined);
  if (missing !== undefined) throw wrongForm(`The option -${missing.name} is missing`, [form]);
}

function wrongForm(what: string, forms: readonly CommandForm[]): CurfewError {
  return invalid(`${what}. Syntax: ${forms.map(syntaxOf).join('; or: ')}`);
}

function unknownCommand(grammar: Grammar, words: readonly string[]): CurfewError {
  // The first word alone is repeated: further ones may hold a password.
  const first = words[0] === undefined ? 'An empty line' : quoteWord(words[0].slice(0, 64));
  const near = grammar.forms.some((form) => form.words.split(' ')[0] === words[0]);
  return invalid(
    near
      ? `${first} is not followed by words that make a command; see: help ${words[0]}`
      : `${first} is not a command of ${grammar.name}; see: help`,
  );
}

function invalid(message: string): CurfewError {
  return new CurfewError('invalid_input', message.endsWith('.') ? message : `${message}.`);
}
