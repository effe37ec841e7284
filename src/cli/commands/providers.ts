import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import type { Client } from '../../client/client.ts';
import type { Inputs, Outputs } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { confirm } from '../ask.ts';
import { readSecret } from '../connection.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject } from '../output.ts';
import type { Column } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Provider = Outputs['providers.list']['providers'][number];

const columns: readonly Column<Provider>[] = [
  { title: 'Realm', value: ({ realm }) => realm },
  { title: 'Name', value: ({ name }) => name },
  { title: 'Type', value: ({ type }) => type },
  { title: 'In use', value: ({ enabled }) => (enabled ? 'yes' : 'no') },
  { title: 'Version', value: ({ configVersion }) => configVersion, align: 'right' },
  { title: 'Set up in', value: ({ source }) => source },
  { title: 'Id', value: ({ id }) => id, whole: true, optional: true },
];

const gather = (value: string, former: readonly string[] = []) => [...former, value];
const whichArgument = ['<provider>', 'name or id'] as const;
const realmFlag = ['--realm <realm>', 'the realm, where one name is used in several'] as const;
const settingsFlag = [
  '--settings <file>',
  'the settings of its type, in YAML or JSON, without name, realm, title and secrets',
] as const;
const secretFlag = () =>
  new Option(
    '--secret-file <name=file>',
    'a secret such as clientSecret=secret.txt, whole as the file holds it; may be repeated',
  ).argParser(gather);

interface SetUpFlags {
  readonly realm?: string;
  readonly title?: string;
  readonly settings?: string;
  readonly secretFile?: readonly string[];
}

/** `curfew providers`: the ways in which users sign in. */
export function addProviders(program: Command, terminal: Terminal): void {
  const providers = program.command('providers').description('see and change the ways to sign in');
  act(providers.command('list').description('list the ways to sign in'), terminal, async (invocation) => {
    const found = (await (await invocation.client()).providers.list()).providers;
    await printList(invocation, found, columns, 'There is no provider you may see.');
  });
  const named = (name: string, description: string) =>
    providers
      .command(name)
      .description(description)
      .argument(...whichArgument)
      .option(...realmFlag);
  act<{ realm?: string }>(named('show', 'show one provider'), terminal, async (invocation, which = '') => {
    const provider = await find(await invocation.client(), which, invocation.flags.realm);
    await printObject(invocation, { provider }, () => `${JSON.stringify(provider, null, 2)}\n`);
  });
  const add = providers
    .command('add')
    .description('add a way to sign in')
    .argument('<name>', 'unique in its realm')
    .addOption(
      new Option('--type <type>', 'how users sign in')
        .choices(['basic', 'ldap', 'oidc', 'saml'])
        .makeOptionMandatory(),
    )
    .option('--realm <realm>', 'the realm whose users it is for; else yours, else default')
    .option('--title <title>', 'what the sign-in page calls it')
    .option(...settingsFlag)
    .addOption(secretFlag())
    .addHelpText(
      'after',
      '\nExample:\n  curfew providers add corp --type oidc --settings corp.yaml --secret-file clientSecret=secret.txt\n',
    );
  act<SetUpFlags & { type: Provider['type'] }>(add, terminal, addProvider);
  const modify = named('modify', 'change a provider that was added here')
    .option('--title <title>', 'what the sign-in page calls it')
    .option(...settingsFlag)
    .addOption(secretFlag())
    .option('--end-sessions', 'end the sessions that were made under the former configuration');
  act<SetUpFlags & { endSessions?: boolean }>(modify, terminal, modifyProvider);
  act<{ realm?: string }>(
    named('test', 'try a provider as far as a sign-in goes without a user'),
    terminal,
    async (invocation, which = '') => {
      const client = await invocation.client();
      const { id } = await find(client, which, invocation.flags.realm);
      const answer = await client.providers.test({ id });
      await printObject(invocation, answer, () => `${answer.steps.map(visible).join('\n')}\n`);
    },
  );
  act<{ realm?: string }>(
    named('enable', 'let users sign in by it again'),
    terminal,
    async (invocation, which = '') => {
      const client = await invocation.client();
      const { id, name } = await find(client, which, invocation.flags.realm);
      const answer = await client.providers.enable({ id });
      await printObject(invocation, answer, () => `Users may sign in by ${visible(name)} again.\n`);
    },
  );
  const disable = named('disable', 'let nobody sign in by it, and end the sessions from it').option(
    '-y, --yes',
    'do not ask',
  );
  act<EndFlags>(disable, terminal, (invocation, which = '') => end(invocation, which, 'disable'));
  const remove = named('remove', 'remove it, and end the sessions from it').option('-y, --yes', 'do not ask');
  act<EndFlags>(remove, terminal, (invocation, which = '') => end(invocation, which, 'remove'));
}

interface EndFlags {
  readonly realm?: string;
  readonly yes?: boolean;
}

async function end(
  invocation: Invocation<EndFlags>,
  which: string,
  what: 'disable' | 'remove',
): Promise<void> {
  const { terminal, flags } = invocation;
  const client = await invocation.client();
  const { id, name } = await find(client, which, flags.realm);
  if (!flags.yes)
    await confirm(
      terminal,
      `${what === 'disable' ? 'Disable' : 'Remove'} the provider ${visible(name)} and end the sessions from it?`,
      `Nobody can be asked here whether to ${what} the provider; add --yes.`,
    );
  const answer = await (what === 'disable'
    ? client.providers.disable({ id })
    : client.providers.delete({ id }));
  const done = what === 'disable' ? 'Disabled' : 'Removed';
  await printObject(
    invocation,
    answer,
    () => `${done} the provider ${visible(name)} and ended ${answer.terminated} sessions.\n`,
  );
}

async function addProvider(
  invocation: Invocation<SetUpFlags & { type: Provider['type'] }>,
  name = '',
): Promise<void> {
  const { type, realm } = invocation.flags;
  const answer = await (await invocation.client()).providers.create({
    name,
    type,
    ...(realm === undefined ? {} : { realm }),
    ...(await setUpOf(invocation)),
  });
  await printObject(
    invocation,
    answer,
    () => `Added the provider ${visible(name)} (${answer.provider.id}).\n`,
  );
}

async function modifyProvider(
  invocation: Invocation<SetUpFlags & { endSessions?: boolean }>,
  which = '',
): Promise<void> {
  const { flags } = invocation;
  const client = await invocation.client();
  const { id, name } = await find(client, which, flags.realm);
  const change = await setUpOf(invocation);
  if (Object.keys(change).length === 0)
    throw new CurfewError(
      'invalid_input',
      'Nothing is to be changed; give --title, --settings or --secret-file.',
    );
  const answer = await client.providers.update({ id, ...change, endSessions: flags.endSessions === true });
  await printObject(
    invocation,
    answer,
    () =>
      `The provider ${visible(name)} has version ${answer.provider.configVersion}; ended ${answer.terminated} sessions.\n`,
  );
}

type SetUp = Pick<Inputs['providers.create'], 'title' | 'settings' | 'secrets'>;

async function setUpOf({ flags, terminal }: Invocation<SetUpFlags>): Promise<SetUp> {
  const { title, settings, secretFile } = flags;
  const secrets: Record<string, string> = {};
  for (const pair of secretFile ?? []) {
    const [, name, file] = /^(\w+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || file === undefined)
      throw new CurfewError(
        'invalid_input',
        '--secret-file: expected a name and a file, such as clientSecret=secret.txt.',
      );
    // A private key has many lines; everything else has one.
    secrets[name] =
      file === '-' ? await readSecret(file, '--secret-file', terminal) : await wholeSecret(file);
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(settings === undefined ? {} : { settings: await readSettingsFile(settings) }),
    ...(secretFile === undefined ? {} : { secrets }),
  };
}

async function wholeSecret(file: string): Promise<string> {
  return (await readGiven(file, '--secret-file')).replace(/\r?\n$/, '');
}

async function readSettingsFile(file: string): Promise<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parse(await readGiven(file, '--settings'), { uniqueKeys: true });
  } catch (error) {
    if (error instanceof CurfewError) throw error;
    throw new CurfewError('invalid_input', `--settings: ${file}: ${(error as Error).message}`);
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new CurfewError('invalid_input', `--settings: ${file} holds no keys with values.`);
}

async function readGiven(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CurfewError('invalid_input', `${flag}: ${file} cannot be read (${code ?? 'unknown'}).`);
  }
}

async function find(client: Client, which: string, realm: string | undefined): Promise<Provider> {
  const { providers } = await client.providers.list(realm === undefined ? {} : { realm });
  const found = providers.filter(({ id, name }) => id === which || name === which);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new CurfewError(
    only === undefined ? 'not_found' : 'invalid_input',
    only === undefined
      ? `There is no provider ${JSON.stringify(which)} that you may see; list them to see which there are.`
      : `Several realms have a provider ${JSON.stringify(which)}; add --realm, or give its id.`,
  );
}
