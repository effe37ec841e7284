import { type Command, Option } from 'commander';
import { eachUser, type UserItem } from '../../client/lists.ts';
import { visible } from '../../core/visible.ts';
import { confirm } from '../ask.ts';
import { readSecret } from '../connection.ts';
import { formatInstant } from '../durations.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject, say } from '../output.ts';
import type { Column } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const columns: readonly Column<UserItem>[] = [
  { title: 'Name', value: ({ username }) => username },
  { title: 'Access', value: ({ accessGroups }) => accessGroups.join(', ') },
  { title: 'May sign in', value: ({ enabled }) => (enabled ? 'yes' : 'no') },
  { title: 'Second step', value: ({ hasTotp }) => (hasTotp ? 'yes' : 'no') },
  {
    title: 'Password of',
    value: ({ passwordChangedAt }) => formatInstant(passwordChangedAt),
    optional: true,
  },
];

const gather = (value: string, former: readonly string[] = []) => [...former, value];
const realmFlag = ['--realm <realm>', 'their realm; else yours, else default'] as const;
const accessFlag = () =>
  new Option('--access <group>', 'access group that their sessions bear; may be repeated').argParser(gather);
const newPasswordFlag = [
  '--new-password-file <file>',
  'read the password from the first line of a file, - is standard input; else a random one is made and printed',
] as const;
const keepFlag = ['--keep', 'let them keep it; else they choose another at their next sign-in'] as const;

interface RealmFlag {
  readonly realm?: string;
}

interface PasswordFlags extends RealmFlag {
  readonly newPasswordFile?: string;
  readonly keep?: boolean;
}

/** `curfew users`: the people whose passwords Curfew itself keeps. */
export function addUsers(program: Command, terminal: Terminal): void {
  const users = program.command('users').description("see and change Curfew's own users");
  const command = (name: string, description: string) =>
    users
      .command(name)
      .description(description)
      .argument('<name>', 'the name they sign in with')
      .option(...realmFlag);
  const list = users
    .command('list')
    .description('list the users of a realm')
    .option(...realmFlag);
  act<RealmFlag>(list, terminal, async (invocation) => {
    const client = await invocation.client();
    const found: UserItem[] = [];
    for await (const user of eachUser(client, invocation.flags.realm)) found.push(user);
    await printList(invocation, found, columns, 'There is no user in this realm.');
  });
  act<RealmFlag>(command('show', 'show one user'), terminal, async (invocation, username = '') => {
    const answer = await (await invocation.client()).users.get({ username, ...realmOf(invocation) });
    await printObject(invocation, answer, () => userText(answer.user));
  });
  const add = command('add', 'make a user')
    .addOption(accessFlag())
    .option(...newPasswordFlag)
    .option(...keepFlag)
    .addHelpText(
      'after',
      '\nExamples:\n  curfew users add ann --access staff\n  curfew users add bob --realm shop --new-password-file bob.txt --keep\n',
    );
  act<PasswordFlags & { access?: readonly string[] }>(add, terminal, addUser);
  const modify = command('modify', 'change the access groups that new sessions bear').addOption(
    accessFlag().makeOptionMandatory(),
  );
  act<RealmFlag & { access: readonly string[] }>(modify, terminal, async (invocation, username = '') => {
    const accessGroups = [...invocation.flags.access];
    const client = await invocation.client();
    const answer = await client.users.update({ username, accessGroups, ...realmOf(invocation) });
    await printObject(invocation, answer, () => userText(answer.user));
  });
  const password = command('password', 'set a password, and end their sessions')
    .option(...newPasswordFlag)
    .option(...keepFlag)
    .option('--keep-sessions', 'let their sessions live on');
  act<PasswordFlags & { keepSessions?: boolean }>(password, terminal, setPassword);
  act<RealmFlag>(
    command('disable', 'let them sign in no more, and end their sessions'),
    terminal,
    async (invocation, username = '') => {
      const client = await invocation.client();
      const answer = await client.users.disable({ username, ...realmOf(invocation) });
      await printObject(
        invocation,
        answer,
        () => `Disabled ${visible(username)} and ended ${answer.terminated} of their sessions.\n`,
      );
    },
  );
  act<RealmFlag>(command('enable', 'let them sign in again'), terminal, async (invocation, username = '') => {
    const client = await invocation.client();
    const answer = await client.users.enable({ username, ...realmOf(invocation) });
    await printObject(invocation, answer, () => `${visible(username)} may sign in again.\n`);
  });
  act<RealmFlag>(
    command('remove-factor', 'take their second step away, and end their sessions'),
    terminal,
    async (invocation, username = '') => {
      const client = await invocation.client();
      const answer = await client.users.removeFactor({ username, ...realmOf(invocation) });
      await printObject(
        invocation,
        answer,
        () =>
          `${visible(username)} signs in by password alone; ended ${answer.terminated} of their sessions.\n`,
      );
    },
  );
  const remove = command('remove', 'remove a user, and end their sessions').option('-y, --yes', 'do not ask');
  act<RealmFlag & { yes?: boolean }>(remove, terminal, removeUser);
}

async function addUser(
  invocation: Invocation<PasswordFlags & { access?: readonly string[] }>,
  username = '',
): Promise<void> {
  const client = await invocation.client();
  const answer = await client.users.create({
    username,
    ...realmOf(invocation),
    ...(await passwordOf(invocation)),
    ...(invocation.flags.access === undefined ? {} : { accessGroups: [...invocation.flags.access] }),
  });
  await tellPassword(invocation, answer, `Made the user ${visible(username)}.`);
}

async function setPassword(
  invocation: Invocation<PasswordFlags & { keepSessions?: boolean }>,
  username = '',
): Promise<void> {
  const client = await invocation.client();
  const answer = await client.users.password({
    username,
    ...realmOf(invocation),
    ...(await passwordOf(invocation)),
    endSessions: invocation.flags.keepSessions !== true,
  });
  const done = `Set the password of ${visible(username)} and ended ${answer.terminated} of their sessions.`;
  await tellPassword(invocation, answer, done);
}

async function removeUser(
  invocation: Invocation<RealmFlag & { yes?: boolean }>,
  username = '',
): Promise<void> {
  const client = await invocation.client();
  const name = visible(username);
  if (!invocation.flags.yes)
    await confirm(
      invocation.terminal,
      `Remove the user ${name} and end their sessions?`,
      `Nobody can be asked here whether to remove ${name}; add --yes.`,
    );
  const answer = await client.users.delete({ username, ...realmOf(invocation) });
  await printObject(
    invocation,
    answer,
    () => `Removed the user ${name} and ended ${answer.terminated} of their sessions.\n`,
  );
}

/** A password that was made is the result, so it alone goes to standard output. */
async function tellPassword(
  invocation: Invocation,
  answer: { readonly password?: string | undefined },
  done: string,
): Promise<void> {
  const { password } = answer;
  if (password === undefined) {
    await printObject(invocation, answer, () => `${done}\n`);
    return;
  }
  if (!invocation.flags.json) await say(invocation.terminal, `${done} The password is shown this once:`);
  await printObject(invocation, answer, () => `${password}\n`);
}

function realmOf({ flags }: Invocation<RealmFlag>): { realm?: string } {
  return flags.realm === undefined ? {} : { realm: flags.realm };
}

async function passwordOf({
  flags,
  terminal,
}: Invocation<PasswordFlags>): Promise<{ password?: string; mustChangePassword?: boolean }> {
  return {
    ...(flags.newPasswordFile === undefined
      ? {}
      : { password: await readSecret(flags.newPasswordFile, '--new-password-file', terminal) }),
    ...(flags.keep === true ? { mustChangePassword: false } : {}),
  };
}

function userText(user: UserItem): string {
  const lines = [
    `${visible(user.username)} in the realm ${visible(user.realm)}`,
    `access groups: ${user.accessGroups.map(visible).join(', ') || 'none'}`,
    `may sign in: ${user.enabled ? 'yes' : 'no'}`,
    `must choose a new password: ${user.mustChangePassword ? 'yes' : 'no'}`,
    `second step: ${user.hasTotp ? `yes, ${user.recoveryCodesLeft} recovery codes left` : 'no'}`,
  ];
  return `${lines.join('\n')}\n`;
}
