import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import type { Outputs, Selector } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { askText, confirm } from '../ask.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject, say, warn } from '../output.ts';
import { previewText } from '../preview-text.ts';
import {
  addSelectorFlags,
  hasCondition,
  type SelectorFlags,
  selectorFromFlags,
  wholeNumber,
} from '../selector-flags.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends SelectorFlags {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly grow?: string;
}

type Preview = Outputs['revocations.preview'];

/** `curfew terminate`: preview, ask, and make the cut. */
export function addTerminate(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('terminate')
    .description('end every session that all conditions name, at once and everywhere')
    .option('--reason <text>', 'why; it stays in the ledger')
    .option('--dry-run', 'show what it would hit, and end nothing')
    .option('-y, --yes', 'do not ask before ending more than one session')
    .option('--grow <number>', 'refuse when more than this many have joined since the preview', '0')
    .addOption(
      new Option('--all', 'every session; combines with --realm and --except only').helpGroup(
        'Which sessions (all conditions must hold):',
      ),
    );
  addSelectorFlags(command).addHelpText(
    'after',
    `
It is final: no session that matches is live from the moment it is answered, and no sign-in begun before slips through.

Examples:
  curfew terminate --username ann --dry-run
  curfew terminate --username ann --reason "has left the company"
  curfew terminate --provider-type saml --provider-name corp --reason "IdP key leaked" --yes
  curfew terminate --ip 192.0.2.0/24 --created-from "2h ago" --reason "phishing wave"
  curfew terminate --all --realm shop --except 0b0f6d3e-5d0c-4b5e-9f0a-3c1d2e4f5a6b --reason "drill"
`,
  );
  act<Flags>(command, terminal, terminate);
}

async function terminate(invocation: Invocation<Flags>): Promise<void> {
  const { flags, terminal } = invocation;
  const selector = selectorFromFlags(flags, terminal.clock.now());
  if (!hasCondition(selector)) throw noCondition();
  const growth = wholeNumber(flags.grow, '--grow', 0) ?? 0;
  // What a script has forgotten is said before anything is asked of the server.
  const given = flags.reason?.trim();
  if (given === '')
    throw new CurfewError('invalid_input', '--reason is empty; say why, it stays in the ledger.');
  if (given === undefined && !flags.dryRun && !terminal.interactive) throw noReason();
  const client = await invocation.client();
  const preview = await client.revocations.preview({ selector });
  if (flags.dryRun) {
    await printObject(invocation, preview, () => previewText(preview, terminal));
    return;
  }
  if (preview.count > 1 && flags.yes !== true) await askFirst(preview, terminal);
  const reason = given ?? (await askText(terminal, 'Why? It stays in the ledger', noReason().message));
  await cut(invocation, client, { selector, reason, preview, growth });
}

/** @throws CurfewError `invalid_input` where nobody can be asked, Declined on no */
async function askFirst(preview: Preview, terminal: Terminal): Promise<void> {
  const refusal = `${preview.count} sessions would end, and nobody can be asked here; look with --dry-run, then add --yes.`;
  if (terminal.interactive) await say(terminal, previewText(preview, { colors: terminal.errorColors }));
  await confirm(terminal, `End these ${preview.count} sessions?`, refusal);
}

async function cut(
  invocation: Invocation<Flags>,
  client: Client,
  order: { selector: Selector; reason: string; preview: Preview; growth: number },
): Promise<void> {
  const { selector, reason, preview, growth } = order;
  const done = await client.revocations.create({
    selector,
    reason,
    expect: { matched: preview.count, growth },
    // The sentence for people names none.
    ...(invocation.flags.json ? {} : { tell: 0 }),
  });
  const { matched, revocation, warning, unheard } = done;
  if (warning !== undefined) await warn(invocation.terminal, visible(warning));
  if (unheard !== undefined) await warn(invocation.terminal, visible(unheardText(unheard)));
  const sessions = `${matched} session${matched === 1 ? '' : 's'}`;
  await printObject(invocation, done, () => `Ended ${sessions} by revocation ${revocation.seq}.\n`);
}

function unheardText(nodes: readonly string[]): string {
  return `Not heard: ${nodes.join(', ')}. Sessions last used there were judged by an access up to a touch interval older; to be sure, end them by another condition too.`;
}

function noReason(): CurfewError {
  return new CurfewError('invalid_input', 'Say why with --reason TEXT; it stays in the ledger.', {
    faults: [{ path: '--reason', message: 'is missing' }],
  });
}

function noCondition(): CurfewError {
  return new CurfewError(
    'invalid_input',
    'No condition says which sessions to end; give at least one, such as --username NAME, or --all for every session.',
  );
}
