import { type Command, Option } from 'commander';
import type { Selector } from '../client/operations.ts';
import { CurfewError } from '../core/errors.ts';
import { parseInstant } from './durations.ts';

/** What the selector flags of a command line hold, as commander names them. */
export interface SelectorFlags {
  readonly all?: true;
  readonly realm?: string;
  readonly username?: string;
  readonly subject?: string;
  readonly providerType?: string;
  readonly providerNotType?: readonly string[];
  readonly providerName?: string;
  readonly providerSession?: string;
  readonly adminId?: string;
  readonly accessGroup?: string;
  readonly app?: string;
  readonly ip?: string;
  readonly createdFrom?: string;
  readonly createdTo?: string;
  readonly lastAccessFrom?: string;
  readonly lastAccessTo?: string;
  readonly providerConfigVersionBelow?: string;
  readonly session?: readonly string[];
  readonly except?: readonly string[];
}

const heading = 'Which sessions (all conditions must hold):';

const flags: readonly (readonly [flag: string, description: string])[] = [
  ['--realm <realm>', 'of this realm; without it of every realm you may reach'],
  ['--username <name>', 'of this login name, exact and case-sensitive'],
  ['--subject <id>', "of this user, by the provider's own id (DN, NameID, sub)"],
  ['--provider-type <type>', 'from providers of this type: basic, ldap, saml, oidc, ...'],
  ['--provider-name <name>', 'from the provider of this name'],
  [
    '--provider-session <key>',
    'of this session of the provider, by its own key (sid, SessionIndex); beside --provider-name or --realm',
  ],
  ['--admin-id <number>', 'that act as this administrator'],
  ['--access-group <group>', 'that hold this access group'],
  ['--app <app>', 'of this application'],
  ['--ip <address>', 'from this address or network, such as 192.0.2.0/24'],
  ['--created-from <when>', 'signed in at or after: an instant, or "15m ago"'],
  ['--created-to <when>', 'signed in before'],
  ['--last-access-from <when>', 'last used at or after'],
  ['--last-access-to <when>', 'last used before'],
  [
    '--provider-config-version-below <number>',
    "signed in under an older version of the provider's configuration",
  ],
];

/** Adds the flags that say which sessions are meant; every command that selects has the same. */
export function addSelectorFlags(command: Command): Command {
  for (const [flag, description] of flags)
    command.addOption(new Option(flag, description).helpGroup(heading));
  const gather = (value: string, former: readonly string[] = []) => [...former, value];
  command.addOption(
    new Option('--provider-not-type <type>', 'from providers of any other type; may be repeated')
      .argParser(gather)
      .helpGroup(heading),
  );
  command.addOption(
    new Option('--session <id>', 'this session; may be repeated').argParser(gather).helpGroup(heading),
  );
  command.addOption(
    new Option('--except <id>', 'but not this session; may be repeated').argParser(gather).helpGroup(heading),
  );
  return command;
}

/**
 * The selector that the flags mean, or undefined when they name no condition and no border.
 * @throws CurfewError `invalid_input` naming the flag. A value that is empty is refused: it is most often a variable of
 * a script that was never set, and to leave the condition out would widen the selection.
 */
export function selectorFromFlags(given: SelectorFlags, now: number): Selector | undefined {
  for (const [name, value] of Object.entries(given)) {
    const isEmpty = value === '' || (Array.isArray(value) && value.includes(''));
    if (isEmpty && isSelectorFlag(name))
      throw wrong(flagOf(name), 'is empty, which names nothing; give a value or leave the flag out');
  }
  const provider = {
    ...present('type', given.providerType),
    ...present('notTypes', given.providerNotType && [...given.providerNotType]),
    ...present('name', given.providerName),
  };
  const instant = (name: 'createdFrom' | 'createdTo' | 'lastAccessFrom' | 'lastAccessTo') =>
    given[name] === undefined ? {} : { [name]: parseInstant(given[name], now, flagOf(name)) };
  const selector: Selector = {
    ...present('all', given.all),
    ...present('realm', given.realm),
    ...present(
      'sessionIds',
      given.session?.map((id) => id.toLowerCase()),
    ),
    ...present('username', given.username),
    ...present('subject', given.subject),
    ...(Object.keys(provider).length === 0 ? {} : { provider }),
    ...present('providerSession', given.providerSession),
    ...present('adminId', wholeNumber(given.adminId, '--admin-id', 0)),
    ...present('accessGroup', given.accessGroup),
    ...present('app', given.app),
    ...present('ip', given.ip),
    ...instant('createdFrom'),
    ...instant('createdTo'),
    ...instant('lastAccessFrom'),
    ...instant('lastAccessTo'),
    ...present(
      'providerConfigVersionBelow',
      wholeNumber(given.providerConfigVersionBelow, '--provider-config-version-below', 1),
    ),
    ...present(
      'except',
      given.except?.map((id) => id.toLowerCase()),
    ),
  };
  return Object.keys(selector).length === 0 ? undefined : selector;
}

/** Whether a selector holds a condition, rather than only the border of a realm or exceptions. */
export function hasCondition(selector: Selector | undefined): selector is Selector {
  return selector !== undefined && Object.keys(selector).some((key) => key !== 'realm' && key !== 'except');
}

/**
 * Reads a whole number.
 * @throws CurfewError `invalid_input` naming the flag
 */
export function wholeNumber(text: string | undefined, flag: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw wrong(flag, `${JSON.stringify(text)} is not a whole number of at least ${least}`);
  return value;
}

const flagNames: ReadonlySet<string> = new Set([
  ...flags.map(([flag]) => new Option(flag).attributeName()),
  'providerNotType',
  'session',
  'except',
]);

function isSelectorFlag(name: string): boolean {
  return flagNames.has(name);
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]?: Value });
}

function wrong(flag: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${flag} ${message}.`, { faults: [{ path: flag, message }] });
}
