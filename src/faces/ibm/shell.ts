import type { Caller } from '../../access/caller.ts';
import { type CurfewError, toCurfewError } from '../../core/errors.ts';
import { type Grammar, type ParsedCommand, parseCommand } from '../../core/ibm-shell/grammar.ts';
import { errtextText, helpText } from '../../core/ibm-shell/local-commands.ts';
import { failureText } from '../../core/ibm-shell/messages.ts';
import { commandsOf } from '../../core/ibm-shell/script.ts';
import type { Log } from '../../core/log.ts';
import type { Services } from '../../operations/operation.ts';
import { type Calls, callsOf } from './calls.ts';
import { notSignedIn } from './login.ts';
import type { ReplicaSets } from './replica-sets.ts';
import type { Trace } from './trace.ts';

/** What the realm of commands without `-realm` is: one realm, or all of them in the management domain. */
export type Domain =
  | { readonly kind: 'realm'; readonly name: string; readonly realm: string }
  | { readonly kind: 'management' };

/** Who is signed in to a shell. */
export interface Login {
  readonly caller: Caller;
  readonly name: string;
  readonly domain: Domain;
}

/** What the commands of every shell stand on. */
export interface ShellParts {
  readonly services: Services;
  readonly log: Log;
  readonly replicaSets: ReplicaSets;
  readonly trace: Trace;
  readonly servers: readonly string[];
  /** The realm of the face. */
  readonly realm: string;
}

/** One command under way. */
export interface Execution {
  readonly parts: ShellParts;
  readonly login: Login;
  readonly calls: Calls;
  /** The values and options of the command by their names. */
  value(name: string): string;
  option(name: string): string | undefined;
  /** The command as it goes into the ledger. */
  readonly reason: string;
}

/** Carries out one command; gives the lines it prints. @throws CurfewError */
export type Handler = (execution: Execution) => Promise<readonly string[] | string>;

/** A shell: its commands, and what each does, by the words of its form. */
export interface ShellDefinition {
  readonly grammar: Grammar;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Commands about who is signed in; they give the new login, and lines to print. */
  readonly session: Readonly<Record<string, SessionHandler>>;
}

export type SessionHandler = (
  parsed: ParsedCommand,
  login: Login | undefined,
  parts: ShellParts,
  from: string | undefined,
) => Promise<{ login: Login | undefined; lines: readonly string[] }>;

/** What a script printed, and why it stopped before its end. */
export interface ScriptOutcome {
  readonly result: string;
  readonly failure?: CurfewError;
}

/** Runs the commands of a script, one after another, up to the first that fails or leaves the shell. */
export async function runScript(
  shell: ShellDefinition,
  script: string,
  start: Login | undefined,
  parts: ShellParts,
  from: string | undefined,
): Promise<ScriptOutcome> {
  const lines: string[] = [];
  let login = start;
  for (const { text } of commandsOf(script)) {
    try {
      const parsed = parseCommand(shell.grammar, text);
      const { words } = parsed.form;
      if (words === 'exit' || words === 'quit') break;
      const own = shell.session[words];
      if (own !== undefined) {
        const done = await own(parsed, login, parts, from);
        login = done.login;
        lines.push(...done.lines);
      } else if (parsed.form.isLocal === true) {
        lines.push(localText(shell.grammar, parsed));
      } else {
        const printed = await execute(shell, parsed, text, login, parts, from);
        lines.push(...(typeof printed === 'string' ? [printed] : printed));
      }
    } catch (thrown) {
      const failure = toCurfewError(thrown);
      if (failure.code === 'internal') {
        parts.log.error({ err: failure.cause ?? failure }, 'a command failed unexpectedly');
      }
      return { result: [...lines, failureText(failure)].join('\n'), failure };
    }
  }
  return { result: lines.join('\n') };
}

function localText(grammar: Grammar, { form, values }: ParsedCommand): string {
  return form.words.startsWith('help') ? helpText(grammar, values.rest) : errtextText(values.number ?? '');
}

async function execute(
  { grammar, handlers }: ShellDefinition,
  parsed: ParsedCommand,
  text: string,
  login: Login | undefined,
  parts: ShellParts,
  from: string | undefined,
): Promise<readonly string[] | string> {
  if (login === undefined) throw notSignedIn();
  const handler = handlers[parsed.form.words];
  if (handler === undefined) throw new Error(`${grammar.name} has no handler for ${parsed.form.words}`);
  return handler({
    parts,
    login,
    calls: callsOf(parts.services, login.caller, from),
    value: (name) => parsed.values[name] ?? '',
    option(name) {
      const value = parsed.options[name];
      return value === true ? '' : value;
    },
    reason: `${grammar.name}: ${text.replaceAll(/\s+/g, ' ')}`.replaceAll(/\p{Cc}/gu, ' '),
  });
}
