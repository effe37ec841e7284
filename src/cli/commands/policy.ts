import { type Command, Option } from 'commander';
import type { Inputs, Outputs } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject } from '../output.ts';
import {
  addScopeFlags,
  limitText,
  type RuleFlags,
  ruleFromFlags,
  type ScopeFlags,
  scopeFromFlags,
  scopeText,
  sessionsText,
} from '../policy-flags.ts';
import { type Column, renderFacts } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Placed = Outputs['policy.list']['rules'][number];
type Row = { readonly place: string; readonly rule: Placed['rule'] };
type Preset = NonNullable<Inputs['policy.set']['preset']>;

const columns: readonly Column<Row>[] = [
  { title: 'Where', value: ({ place }) => place },
  { title: 'Idle limit', value: ({ rule }) => limitText(rule.idleTimeoutMs) },
  { title: 'Lifespan', value: ({ rule }) => limitText(rule.lifespanMs) },
  { title: 'Sessions per user', value: ({ rule }) => sessionsText(rule.sessionLimit) },
];

/** `curfew policy`: how long sessions live, and how many a user may have. */
export function addPolicy(program: Command, terminal: Terminal): void {
  const policy = program
    .command('policy')
    .description('see and change how long sessions live, and how many a user may have');
  const list = policy.command('list').description('list the rules, what is built in, and the presets');
  act(list, terminal, listPolicy);
  const set = policy
    .command('set')
    .description(
      'set the rule of a scope, in place of the one before; it holds for sessions made from then on',
    )
    .option('--idle <duration>', 'end a session not used for so long, such as 30m, or none')
    .option('--lifespan <duration>', 'end a session so long after it was made, such as 12h, or none')
    .option('--sessions <limit>', 'how many a user may have: a number, displace, unlimited or unset')
    .addOption(
      new Option('--exceeded <what>', 'with a number: refuse the new session or displace the oldest').choices(
        ['refuse', 'displace'],
      ),
    )
    .addOption(
      new Option('--per <whom>', 'with a number: count per user, or per user and provider').choices([
        'user',
        'provider',
      ]),
    )
    .addOption(
      new Option('--preset <name>', 'the limits a standard asks for').choices([
        'nist-aal1',
        'nist-aal2',
        'nist-aal3',
        'pci',
      ]),
    );
  addScopeFlags(set).addHelpText(
    'after',
    `
Examples:
  curfew policy set --preset nist-aal2
  curfew policy set --realm shop --idle 15m --lifespan 12h --sessions 3 --exceeded displace
  curfew policy set --username ann --sessions unlimited
`,
  );
  act<ScopeFlags & RuleFlags & { preset?: Preset }>(set, terminal, setPolicy);
  const remove = addScopeFlags(
    policy.command('remove').description('remove the rule of a scope; the wider one holds then'),
  );
  act<ScopeFlags>(
    remove.addHelpText('after', '\nExample:\n  curfew policy remove --realm shop\n'),
    terminal,
    removePolicy,
  );
  const effective = policy
    .command('effective')
    .description('show the limits that a user would get')
    .requiredOption('--username <name>', 'the user who signs in')
    .requiredOption('--provider-type <type>', 'the type of the provider')
    .requiredOption('--provider-name <name>', 'the name of the provider')
    .option('--realm <realm>', 'the realm; else yours, else default')
    .addHelpText(
      'after',
      '\nExample:\n  curfew policy effective --username ann --provider-type ldap --provider-name corp\n',
    );
  act<Required<Omit<ScopeFlags, 'realm'>> & Pick<ScopeFlags, 'realm'>>(effective, terminal, showEffective);
}

async function listPolicy(invocation: Invocation): Promise<void> {
  const answer = await (await invocation.client()).policy.list();
  if (invocation.flags.json) return printObject(invocation, answer, () => '');
  const rows: Row[] = [
    ...answer.rules.map(({ scope, rule }) => ({ place: scopeText(scope), rule })),
    { place: '(built in)', rule: answer.builtIn },
    ...Object.entries(answer.presets).map(([name, rule]) => ({ place: `(preset ${name})`, rule })),
  ];
  await printList(invocation, rows, columns, '');
}

async function setPolicy(
  invocation: Invocation<ScopeFlags & RuleFlags & { preset?: Preset }>,
): Promise<void> {
  const { flags } = invocation;
  const rule = ruleFromFlags(flags);
  if (rule === undefined && flags.preset === undefined)
    throw new CurfewError(
      'invalid_input',
      'The rule sets nothing; give --idle, --lifespan, --sessions or --preset.',
    );
  const scope = scopeFromFlags(flags);
  const answer = await (await invocation.client()).policy.set({ scope, rule, preset: flags.preset });
  await printObject(invocation, answer, () => ruleText(answer, invocation.terminal));
}

async function removePolicy(invocation: Invocation<ScopeFlags>): Promise<void> {
  const answer = await (await invocation.client()).policy.delete({ scope: scopeFromFlags(invocation.flags) });
  await printObject(
    invocation,
    answer,
    () => `Removed the rule that held ${visible(scopeText(answer.scope))}.\n`,
  );
}

async function showEffective(
  invocation: Invocation<Required<Omit<ScopeFlags, 'realm'>> & Pick<ScopeFlags, 'realm'>>,
): Promise<void> {
  const { realm, username, providerType, providerName } = invocation.flags;
  const answer = await (await invocation.client()).policy.effective({
    realm,
    username,
    providerType,
    providerName,
  });
  await printObject(invocation, answer, () => factsOf(answer, invocation.terminal));
}

function ruleText({ scope, rule }: Placed, terminal: Terminal): string {
  return renderFacts([['Where', scopeText(scope)]], terminal) + factsOf(rule, terminal);
}

function factsOf(rule: Placed['rule'], terminal: Terminal): string {
  return renderFacts(
    [
      ['Idle limit', limitText(rule.idleTimeoutMs)],
      ['Lifespan', limitText(rule.lifespanMs)],
      ['Sessions per user', sessionsText(rule.sessionLimit)],
    ],
    terminal,
  );
}
