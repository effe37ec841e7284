import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import type { Outputs } from '../../client/operations.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { askNewPassword, confirm } from '../ask.ts';
import { readSecret } from '../connection.ts';
import { formatInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject } from '../output.ts';
import type { Column } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Admin = Outputs['admins.list']['admins'][number];

const columns: readonly Column<Admin>[] = [
  { title: 'Number', value: ({ id }) => id, align: 'right' },
  { title: 'Name', value: ({ username }) => username },
  { title: 'Signs in by', value: ({ authMethod }) => authMethod },
  { title: 'Access', value: ({ accessGroups }) => accessGroups.join(', ') },
  { title: 'Realm', value: ({ realm }) => realm ?? 'every' },
  { title: 'Since', value: ({ createdAt }) => formatInstant(createdAt) },
];

const gather = (value: string, former: readonly string[] = []) => [...former, value];
const accessFlag = () =>
  new Option(
    '--access <group>',
    'access group: administrator, clusterAdmins, read or another; may be repeated',
  ).argParser(gather);
const newPasswordFlag = [
  '--new-password-file <file>',
  'read the new password from the first line of a file, - is standard input',
] as const;

/** `curfew admins`: who administers Curfew. */
export function addAdmins(program: Command, terminal: Terminal): void {
  const admins = program.command('admins').description('see and change who administers Curfew');
  act(admins.command('list').description('list administrators'), terminal, listAdmins);
  const add = admins
    .command('add')
    .description('make an administrator')
    .argument('<name>', 'the name to sign in with')
    .addOption(accessFlag().makeOptionMandatory())
    .option('--realm <realm>', 'the only realm they may reach; without it as far as you reach yourself')
    .addOption(
      new Option('--auth-method <method>', 'a password kept here, a directory, or an identity provider')
        .choices(['Cluster', 'Ldap', 'Idp'])
        .default('Cluster'),
    )
    .option(...newPasswordFlag)
    .addHelpText(
      'after',
      '\nExamples:\n  curfew admins add ann --access clusterAdmins\n  curfew admins add bob --access read --realm shop --new-password-file bob.txt\n',
    );
  act<AddFlags>(add, terminal, addAdmin);
  const modify = admins
    .command('modify')
    .description('change what an administrator may do, from the next call on')
    .argument('<admin>', 'number or name')
    .addOption(accessFlag())
    .option('--realm <realm>', 'the only realm they may reach')
    .addOption(new Option('--every-realm', 'let them reach every realm').conflicts('realm'))
    .addHelpText('after', '\nExample:\n  curfew admins modify bob --access read --access clusterAdmins\n');
  act<ModifyFlags>(modify, terminal, modifyAdmin);
  const remove = admins
    .command('remove')
    .description('remove an administrator and end their sessions')
    .argument('<admin>', 'number or name')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  curfew admins remove bob\n');
  act<{ yes?: boolean }>(remove, terminal, removeAdmin);
  const password = admins
    .command('password')
    .description('set a password')
    .argument('[admin]', 'number or name; without it your own')
    .option(...newPasswordFlag)
    .option('--end-sessions', 'end the live sessions of that administrator too')
    .addHelpText(
      'after',
      '\nExamples:\n  curfew admins password\n  curfew admins password bob --end-sessions\n',
    );
  act<PasswordFlags>(password, terminal, setPassword);
}

interface AddFlags {
  readonly access: readonly string[];
  readonly realm?: string;
  readonly authMethod: 'Cluster' | 'Ldap' | 'Idp';
  readonly newPasswordFile?: string;
}

interface ModifyFlags {
  readonly access?: readonly string[];
  readonly realm?: string;
  readonly everyRealm?: boolean;
}

interface PasswordFlags {
  readonly newPasswordFile?: string;
  readonly endSessions?: boolean;
}

async function listAdmins(invocation: Invocation): Promise<void> {
  const { admins } = await (await invocation.client()).admins.list();
  await printList(invocation, admins, columns, 'There is no administrator you may see.');
}

async function addAdmin(invocation: Invocation<AddFlags>, username = ''): Promise<void> {
  const { access, realm, authMethod } = invocation.flags;
  const client = await invocation.client();
  const password = authMethod === 'Cluster' ? await newPassword(invocation, username) : undefined;
  const answer = await client.admins.create({
    username,
    accessGroups: [...access],
    authMethod,
    realm,
    password,
  });
  await printObject(
    invocation,
    answer,
    () => `Made the administrator ${visible(username)}, number ${answer.admin.id}.\n`,
  );
}

async function modifyAdmin(invocation: Invocation<ModifyFlags>, who = ''): Promise<void> {
  const { access, realm, everyRealm } = invocation.flags;
  if (access === undefined && realm === undefined && !everyRealm)
    throw new CurfewError(
      'invalid_input',
      'Nothing is to be changed; give --access, --realm or --every-realm.',
    );
  const client = await invocation.client();
  const { id } = await find(client, who);
  const reach = everyRealm ? null : realm;
  const answer = await client.admins.update({
    id,
    ...(access === undefined ? {} : { accessGroups: [...access] }),
    ...(reach === undefined ? {} : { realm: reach }),
  });
  await printObject(
    invocation,
    answer,
    () => `Changed the administrator ${visible(answer.admin.username)}.\n`,
  );
}

async function removeAdmin(invocation: Invocation<{ yes?: boolean }>, who = ''): Promise<void> {
  const client = await invocation.client();
  const { id, username } = await find(client, who);
  const name = visible(username);
  if (!invocation.flags.yes)
    await confirm(
      invocation.terminal,
      `Remove the administrator ${name} and end their sessions?`,
      `Nobody can be asked here whether to remove ${name}; add --yes.`,
    );
  const answer = await client.admins.delete({ id });
  await printObject(
    invocation,
    answer,
    () => `Removed the administrator ${name} and ended ${answer.terminated} of their sessions.\n`,
  );
}

async function setPassword(invocation: Invocation<PasswordFlags>, who?: string): Promise<void> {
  const client = await invocation.client();
  const { id, username } = who === undefined ? await self(client) : await find(client, who);
  const password = await newPassword(invocation, username);
  const answer = await client.admins.password({
    id,
    password,
    endSessions: invocation.flags.endSessions === true,
  });
  await printObject(invocation, answer, () => {
    const ended = invocation.flags.endSessions ? ` and ended ${answer.terminated} sessions` : '';
    return `Set the password of ${visible(username)}${ended}.\n`;
  });
}

async function newPassword(
  { flags, terminal }: Invocation<{ newPasswordFile?: string }>,
  username: string,
): Promise<string> {
  if (flags.newPasswordFile !== undefined)
    return readSecret(flags.newPasswordFile, '--new-password-file', terminal);
  return askNewPassword(
    terminal,
    visible(username),
    'Nobody can be asked for the new password here; give --new-password-file FILE.',
  );
}

async function find(client: Client, who: string): Promise<Admin> {
  if (/^\d+$/.test(who)) return (await client.admins.get({ id: Number(who) })).admin;
  const found = (await client.admins.list()).admins.filter(({ username }) => username === who);
  if (found.length === 1) return found[0] as Admin;
  if (found.length === 0)
    throw new CurfewError(
      'not_found',
      `There is no administrator ${JSON.stringify(who)} within your reach; see: curfew admins list`,
    );
  throw new CurfewError(
    'invalid_input',
    `${found.length} administrators bear the name ${JSON.stringify(who)}; give the number: ${found.map(({ id, authMethod }) => `${id} (${authMethod})`).join(', ')}.`,
  );
}

async function self(client: Client): Promise<Pick<Admin, 'id' | 'username'>> {
  const { caller } = await client.system.status();
  if (caller.kind === 'administrator' && Number(caller.id) > 0)
    return { id: Number(caller.id), username: caller.name };
  throw new CurfewError(
    'invalid_input',
    'You are not signed in as an administrator with a record here; name one.',
  );
}
