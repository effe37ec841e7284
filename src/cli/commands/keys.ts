import { type Command, Option } from 'commander';
import type { Outputs } from '../../client/operations.ts';
import { visible } from '../../core/visible.ts';
import { confirm } from '../ask.ts';
import { formatInstant, parseDuration } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject, say } from '../output.ts';
import type { Column } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Key = Outputs['keys.list']['keys'][number];
type Scope = 'register' | 'check' | 'list' | 'terminate';

const scopes: readonly Scope[] = ['register', 'check', 'list', 'terminate'];
const columns: readonly Column<Key>[] = [
  { title: 'Id', value: ({ id }) => id, whole: true },
  { title: 'Name', value: ({ name }) => name },
  { title: 'Realm', value: ({ realm }) => realm },
  { title: 'Scopes', value: (key) => key.scopes.join(', ') },
  { title: 'Created', value: ({ createdAt }) => formatInstant(createdAt), optional: true },
  { title: 'By', value: ({ createdBy }) => createdBy, optional: true },
  { title: 'Ends', value: ({ expiresAt }) => (expiresAt === null ? 'never' : formatInstant(expiresAt)) },
];

interface CreateFlags {
  readonly scope: readonly Scope[];
  readonly realm?: string;
  readonly validFor?: string;
}

/** `curfew keys`: the keys by which applications call. */
export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('see and change the keys by which applications call');
  act(
    keys.command('list').description('list keys; their secrets are kept nowhere'),
    terminal,
    async (invocation) => {
      const found = (await (await invocation.client()).keys.list()).keys;
      await printList(invocation, found, columns, 'There is no key you may see.');
    },
  );
  const create = keys
    .command('create')
    .description('make a key and print its secret, which is shown this once')
    .argument('<name>', 'which application it is for')
    .addOption(
      new Option('--scope <scope>', 'what it may do; may be repeated')
        .choices([...scopes])
        .argParser((value: string, former: readonly string[] = []) => [...former, value])
        .makeOptionMandatory(),
    )
    .option('--realm <realm>', 'the realm it is bound to; else yours, else default')
    .option('--valid-for <duration>', 'let it end by itself, such as 90d')
    .addHelpText(
      'after',
      '\nExamples:\n  curfew keys create shop --realm shop --scope register --scope check\n  curfew keys create nightly --scope list --valid-for 90d > key.txt\n',
    );
  act<CreateFlags>(create, terminal, createKey);
  const revoke = keys
    .command('revoke')
    .description('revoke a key; sessions registered with it stay')
    .argument('<id>', 'the id of the key')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  curfew keys revoke 0b0f6d3e-5d0c-4b5e-9f0a-3c1d2e4f5a6b\n');
  act<{ yes?: boolean }>(revoke, terminal, revokeKey);
}

async function createKey(invocation: Invocation<CreateFlags>, name = ''): Promise<void> {
  const { flags, terminal } = invocation;
  const validMs = flags.validFor === undefined ? undefined : parseDuration(flags.validFor, '--valid-for');
  const client = await invocation.client();
  const answer = await client.keys.create({
    name,
    scopes: [...new Set(flags.scope)],
    realm: flags.realm,
    ...(validMs === undefined ? {} : { expiresAt: new Date(terminal.clock.now() + validMs).toISOString() }),
  });
  if (!flags.json)
    await say(terminal, `Made the key ${visible(name)} (${answer.key.id}). Its secret is shown this once:`);
  await printObject(invocation, answer, () => `${answer.secret}\n`);
}

async function revokeKey(invocation: Invocation<{ yes?: boolean }>, id = ''): Promise<void> {
  const client = await invocation.client();
  if (!invocation.flags.yes)
    await confirm(
      invocation.terminal,
      `Revoke the key ${visible(id)}? Its application is refused from then on`,
      'Nobody can be asked here whether to revoke the key; add --yes.',
    );
  const answer = await client.keys.delete({ id });
  await printObject(invocation, answer, () => `Revoked the key ${visible(answer.key.name)}.\n`);
}
