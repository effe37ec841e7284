import { type Credentials, createTransport } from '../../client/transport.ts';
import { CurfewError } from '../../core/errors.ts';
import {
  completionsOf,
  type Grammar,
  type ParsedCommand,
  parseCommand,
} from '../../core/ibm-shell/grammar.ts';
import { errtextText, helpText } from '../../core/ibm-shell/local-commands.ts';
import { failureText } from '../../core/ibm-shell/messages.ts';
import { visible, visibleLines } from '../../core/visible.ts';
import { type Connection, transportOptions } from '../connection.ts';

/** As whom the commands of a shell run. */
export interface Identity {
  readonly name: string;
  readonly credentials: Credentials;
  readonly domain?: string | undefined;
  readonly management?: boolean;
}

export interface RemoteShellOptions {
  readonly grammar: Grammar;
  /** Which server, and how far to trust it. */
  readonly connection: Connection;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  print(text: string): Promise<void>;
}

/** Asks the person at the keyboard; what is asked for hidden is not shown. */
export interface Asker {
  ask(question: string): Promise<string>;
  askHidden(question: string): Promise<string>;
}

/** A command that the server has refused, in the words of the server. */
class Refused extends Error {}

/** Statuses whose answer has a message of this face; anything else did not come from it. */
const refusals: readonly number[] = [400, 401, 403, 404, 405, 413, 429, 500, 503, 507];

/** The near end of a shell: what needs no server is done here, everything else is sent to it a command at a time. */
export class RemoteShell {
  identity: Identity | undefined;
  asker: Asker | undefined;
  readonly #options: RemoteShellOptions;
  #isLocal = false;
  #servers: readonly string[] = [];

  constructor(options: RemoteShellOptions) {
    this.#options = options;
  }

  get prompt(): string {
    const { name } = this.#options.grammar;
    if (this.#isLocal) return `${name} local> `;
    // The prompt of dscadmin does not change: there is no signing in within it.
    const isNamed = this.identity !== undefined && name === 'pdadmin';
    return isNamed ? `${name} ${visible(this.identity?.name ?? '')}> ` : `${name}> `;
  }

  /**
   * Runs one command and prints what it says.
   * @returns false when it leaves the shell
   * @throws anything, for `failureOf`
   */
  async run(line: string): Promise<boolean> {
    const { grammar, print } = this.#options;
    const parsed = parseCommand(grammar, line);
    const { words } = parsed.form;
    if (words === 'exit' || words === 'quit') return false;
    const text = await this.#carryOut(parsed, line);
    if (text !== '') await print(`${visibleLines(text)}\n`);
    return true;
  }

  async #carryOut(parsed: ParsedCommand, line: string): Promise<string> {
    const { grammar } = this.#options;
    switch (parsed.form.words) {
      case 'login':
        await this.#logIn(parsed.options);
        return '';
      case 'logout':
        this.#forget(false);
        return '';
      case 'context show':
        return this.identity === undefined ? 'Nobody is signed in.' : this.#send(line, this.identity);
      case 'help [<topic>...]':
        return helpText(grammar, parsed.values.rest);
      case 'errtext <number>':
        return errtextText(parsed.values.number ?? '');
      default:
        if (this.identity === undefined) throw notSignedIn(grammar);
        return this.#send(line, this.identity);
    }
  }

  /** Signs in, in place of whoever was signed in; a failure leaves that as it was. */
  async signIn(identity: Identity): Promise<void> {
    // What needs no right but that of being here; dscadmin cannot be asked who is signed in.
    const { name } = this.#options.grammar;
    await this.#send(name === 'pdadmin' ? 'context show' : 'replica set list', identity);
    this.#isLocal = false;
    this.identity = identity;
  }

  goLocal(): void {
    this.#forget(true);
  }

  /** What can follow the text typed so far. */
  completions(typed: string): string[] {
    return completionsOf(this.#options.grammar, typed, this.#servers);
  }

  /** Asks for the names of servers, for completion; without them it is the poorer, and nothing else. */
  async learnServers(): Promise<void> {
    if (this.identity === undefined || this.#options.grammar.name !== 'pdadmin') return;
    const text = await this.#send('server list', this.identity).catch(() => '');
    this.#servers = text.split('\n').filter((name) => name !== '');
  }

  #forget(isLocal: boolean): void {
    this.identity = undefined;
    this.#isLocal = isLocal;
  }

  async #logIn({ a, p, d, m, l }: ParsedCommand['options']): Promise<void> {
    if (l === true) {
      if ([a, p, d, m].some((option) => option !== undefined)) {
        throw new CurfewError('invalid_input', 'login -l stands alone: it signs out, and needs no server.');
      }
      this.goLocal();
      return;
    }
    if (d !== undefined && m === true)
      throw new CurfewError('invalid_input', 'login takes -d or -m, not both.');
    const name = typeof a === 'string' ? a : await this.#ask('Enter User ID: ', 'login -a <admin_id>');
    const password = typeof p === 'string' ? p : await this.#password(name);
    await this.signIn({
      name,
      credentials: { basic: { username: name, password } },
      domain: typeof d === 'string' ? d : undefined,
      management: m === true,
    });
  }

  async #password(name: string): Promise<string> {
    const { env } = this.#options;
    if (this.asker !== undefined) return this.asker.askHidden('Enter Password: ');
    if (env.CURFEW_PASSWORD && (env.CURFEW_USERNAME ?? name) === name) return env.CURFEW_PASSWORD;
    throw nobodyToAsk('login -a <admin_id> -p <password>, or set CURFEW_PASSWORD');
  }

  #ask(question: string, instead: string): Promise<string> {
    if (this.asker === undefined) throw nobodyToAsk(instead);
    return this.asker.ask(question);
  }

  async #send(line: string, { credentials, domain, management }: Identity): Promise<string> {
    const { grammar, connection, timeoutMs, signal } = this.#options;
    const transport = createTransport(transportOptions({ ...connection, credentials }, timeoutMs, signal));
    const { status, body } = await transport({
      method: 'POST',
      path: `/isam/${grammar.name}`,
      body: {
        commands: [line],
        ...(domain === undefined ? {} : { admin_domain: domain }),
        ...(management === true ? { management_domain: true } : {}),
      },
      takes: refusals,
    });
    const { result, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<
      string,
      unknown
    >;
    if (status === 200 && typeof result === 'string') return result;
    if (status !== 200 && typeof message === 'string') throw new Refused(message);
    throw new CurfewError(
      'unreachable',
      `${connection.url} does not serve ${grammar.name}: it is no Curfew server, or faces.ibm.enabled is false there.`,
    );
  }
}

/** What a failed command says. */
export function failureOf(thrown: unknown): string {
  if (thrown instanceof Refused) {
    return `Could not perform the administration request.\n${visible(thrown.message)}`;
  }
  if (thrown instanceof CurfewError) return failureText(thrown);
  throw thrown;
}

function notSignedIn({ name }: Grammar): CurfewError {
  const how =
    name === 'pdadmin'
      ? 'login -a <admin_id> -p <password>, or start with -a, with --login, or with a profile'
      : 'start with --login NAME, with CURFEW_USERNAME and CURFEW_PASSWORD, or with a profile';
  return new CurfewError('unauthenticated', `Nobody is signed in: ${how}.`);
}

function nobodyToAsk(instead: string): CurfewError {
  return new CurfewError('invalid_input', `Nobody can be asked here; write ${instead}.`);
}
