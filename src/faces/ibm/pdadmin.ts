import { z } from 'zod';
import type { Caller } from '../../access/caller.ts';
import { CurfewError, toCurfewError } from '../../core/errors.ts';
import { failureLine } from '../../core/ibm-shell/messages.ts';
import { issueText } from '../../core/issue-text.ts';
import { faultsOf } from '../../operations/faults.ts';
import type { Answer } from './exchange.ts';
import { domainOf, signIn } from './login.ts';
import { type Login, runScript, type ScriptOutcome, type ShellDefinition, type ShellParts } from './shell.ts';

/** The body that IBM's clients send, and beside it `management_domain`, which the command line sends for `-m`. */
const bodySchema = z.strictObject({
  admin_id: z.string().min(1).max(1024).optional(),
  admin_pwd: z.string().max(1024).optional(),
  admin_domain: z.string().min(1).max(128).optional(),
  management_domain: z.boolean().optional(),
  commands: z.union([z.array(z.string().max(65_536)).max(10_000), z.string().max(65_536)]),
});

/**
 * Runs the commands of a request. They run as `admin_id`, whoever sent the request; without one as the sender. The
 * commands are lines of one script, so that one may continue in the next.
 *
 * A command that fails is 400, never 500: there are clients that send a request again when they see that, and the
 * commands before the failing one would run once more.
 */
export async function runCommands(
  shell: ShellDefinition,
  input: unknown,
  sender: { caller: Caller; name: string; from: string | undefined },
  parts: ShellParts,
): Promise<Answer> {
  const body = bodySchema.safeParse(input, { error: issueText });
  if (!body.success) throw invalid(body.error, input);
  const { commands } = body.data;
  const script = Array.isArray(commands) ? commands.join('\n') : commands;
  let login: Login;
  try {
    login = await loginOf(body.data, sender, parts);
  } catch (thrown) {
    return outcomeAnswer({ result: '', failure: toCurfewError(thrown) });
  }
  return outcomeAnswer(await runScript(shell, script, login, parts, sender.from));
}

async function loginOf(
  body: z.output<typeof bodySchema>,
  { caller, name, from }: { caller: Caller; name: string; from: string | undefined },
  parts: ShellParts,
): Promise<Login> {
  const { admin_id: id, admin_pwd: password = '', admin_domain: domain } = body;
  const management = body.management_domain === true;
  if (id === undefined) return { caller, name, domain: await domainOf(domain, management, caller, parts) };
  return signIn({ id, password, domain, management }, parts, from);
}

function outcomeAnswer({ result, failure }: ScriptOutcome): Answer {
  if (failure === undefined) return { status: 200, body: { result } };
  return { status: 400, body: { message: failureLine(failure), code: failure.code, result } };
}

function invalid(error: z.ZodError, input: unknown): CurfewError {
  const faults = faultsOf(error, bodySchema, input);
  const message = faults
    .map(({ path, message: what }) => (path === '' ? what : `${path}: ${what}`))
    .join('; ');
  return new CurfewError('invalid_input', message, { faults });
}
