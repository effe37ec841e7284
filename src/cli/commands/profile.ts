import type { Command } from 'commander';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { askSecret } from '../ask.ts';
import { defaultUrl, readSecret } from '../connection.ts';
import { act, type Invocation } from '../invocation.ts';
import { printList, printObject, warn } from '../output.ts';
import { isOpenToOthers, type Profile, profilesPath, readProfiles, writeProfiles } from '../profiles.ts';
import type { Column } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface AddFlags {
  readonly askEachTime?: boolean;
}

/** A profile as it may be shown: how it signs in, never with what. */
interface Shown {
  readonly name: string;
  readonly current: boolean;
  readonly url: string;
  readonly signsInBy: string;
}

const columns: readonly Column<Shown>[] = [
  { title: 'In use', value: ({ current }) => (current ? '*' : '') },
  { title: 'Name', value: ({ name }) => name },
  { title: 'Address', value: ({ url }) => url },
  { title: 'Signs in by', value: ({ signsInBy }) => signsInBy },
];

/** `curfew profile`: saved addresses and credentials. */
export function addProfile(program: Command, terminal: Terminal): void {
  const profile = program
    .command('profile')
    .description('save addresses and credentials, to name a server by one word');
  const add = profile
    .command('add')
    .description(
      'save a profile from --url, --login, --password-file, --key-file, --ca and --insecure, and use it from now on',
    )
    .argument('<name>', 'a word for it; one that is there is replaced')
    .option('--ask-each-time', 'save no password, ask for it whenever it is needed')
    .addHelpText(
      'after',
      '\nExamples:\n  curfew profile add local --login admin\n  curfew profile add shop --url https://curfew.example:2243 --key-file key.txt --ca ca.pem\n',
    );
  act<AddFlags>(add, terminal, addOne);
  act(profile.command('list').description('list profiles, without their secrets'), terminal, listProfiles);
  const use = profile.command('use').description('use a profile from now on').argument('<name>', 'its name');
  act(use, terminal, async (invocation, name = '') => {
    const { path, profiles } = await existing(name, terminal);
    await writeProfiles(path, { ...profiles, current: name });
    await printObject(invocation, { current: name }, () => `Using the profile ${visible(name)}.\n`);
  });
  const remove = profile.command('remove').description('remove a profile').argument('<name>', 'its name');
  act(remove, terminal, async (invocation, name = '') => {
    const { path, profiles } = await existing(name, terminal);
    const { [name]: _removed, ...rest } = profiles.profiles;
    const { current, ...others } = profiles;
    await writeProfiles(path, {
      ...others,
      ...(current === undefined || current === name ? {} : { current }),
      profiles: rest,
    });
    await printObject(invocation, { removed: name }, () => `Removed the profile ${visible(name)}.\n`);
  });
}

async function addOne(invocation: Invocation<AddFlags>, name = ''): Promise<void> {
  const { terminal } = invocation;
  if (!/^[\w.-]+$/.test(name) || name === '__proto__')
    throw new CurfewError(
      'invalid_input',
      'The name of a profile has letters, digits, dots, hyphens and underscores only.',
    );
  const path = profilesPath(terminal.env);
  const profiles = await readProfiles(path);
  const profile = await profileFromFlags(invocation);
  await writeProfiles(path, { current: name, profiles: { ...profiles.profiles, [name]: profile } });
  await printObject(
    invocation,
    shown(name, profile, name),
    () => `Saved the profile ${visible(name)} in ${visible(path)}, and using it.\n`,
  );
}

async function profileFromFlags({ flags, terminal }: Invocation<AddFlags>): Promise<Profile> {
  const { url = terminal.env.CURFEW_URL || defaultUrl, login, keyFile, ca, insecure } = flags;
  if (
    !URL.canParse(url) ||
    !/^https?:$/.test(new URL(url).protocol) ||
    new URL(url).username !== '' ||
    new URL(url).password !== ''
  )
    throw new CurfewError(
      'invalid_input',
      '--url is not an address such as http://127.0.0.1:2200, without a name or password in it.',
    );
  if (login !== undefined && keyFile !== undefined)
    throw new CurfewError(
      'invalid_input',
      '--login and --key-file are two ways to sign in; give one of them.',
    );
  const key = keyFile === undefined ? undefined : await readSecret(keyFile, '--key-file', terminal);
  const password = login === undefined ? undefined : await passwordOf(flags, terminal, login);
  return {
    url,
    ...(login === undefined ? {} : { username: login }),
    ...(password === undefined ? {} : { password }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(insecure === undefined ? {} : { insecure }),
  };
}

async function passwordOf(
  flags: Invocation<AddFlags>['flags'],
  terminal: Terminal,
  login: string,
): Promise<string | undefined> {
  if (flags.askEachTime) return undefined;
  if (flags.passwordFile !== undefined) return readSecret(flags.passwordFile, '--password-file', terminal);
  if (flags.password !== undefined) {
    await warn(
      terminal,
      '--password can be read by everybody on this machine who lists processes; use --password-file or the prompt.',
    );
    return flags.password;
  }
  if (terminal.env.CURFEW_PASSWORD) return terminal.env.CURFEW_PASSWORD;
  const refusal = `Nobody can be asked for the password of ${login} here; give --password-file FILE, or --ask-each-time.`;
  return askSecret(terminal, `Password of ${visible(login)}`, refusal);
}

async function listProfiles(invocation: Invocation): Promise<void> {
  const path = profilesPath(invocation.terminal.env);
  const { current, profiles } = await readProfiles(path);
  const rows = Object.entries(profiles).map(([name, profile]) => shown(name, profile, current));
  await printList(invocation, rows, columns, 'There is no profile; save one with: curfew profile add');
  if (await isOpenToOthers(path))
    await warn(
      invocation.terminal,
      `${visible(path)} can be read by others; run: chmod 600 ${visible(path)}`,
    );
}

function shown(name: string, { url, username, password, key }: Profile, current: string | undefined): Shown {
  const byName =
    username === undefined
      ? 'nothing saved'
      : `${username}, ${password === undefined ? 'password asked for' : 'password saved'}`;
  return { name, current: name === current, url, signsInBy: key === undefined ? byName : 'key' };
}

async function existing(name: string, terminal: Terminal) {
  const path = profilesPath(terminal.env);
  const profiles = await readProfiles(path);
  if (!Object.hasOwn(profiles.profiles, name))
    throw new CurfewError(
      'not_found',
      `There is no profile ${JSON.stringify(name)}; see: curfew profile list`,
    );
  return { path, profiles };
}
