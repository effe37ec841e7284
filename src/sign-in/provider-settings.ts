import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CurfewError, type InputFault } from '../core/errors.ts';
import { objectFaults } from '../core/object-faults.ts';
import { booleanForm, booleanSchema, setting, textForm } from '../core/setting-forms.ts';
import type { ProviderKind } from './kind.ts';
import type { ProviderType } from './provider.ts';
import { kindOf, providerKinds } from './table.ts';

/** Letters that make no trouble in a URL, a header or a shell. */
export const providerNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What every provider can be told in a configuration file, whatever its type. */
export const providerFields = {
  name: setting(
    z.string().regex(providerNamePattern),
    'Unique in its realm; sessions bear it as `provider.name`, and it is part of the callback URL.',
    { form: 'letters, digits, dots, hyphens and underscores, at most 64' },
  ),
  realm: setting(textForm.max(128).default('default'), 'The realm whose users sign in by it.', {
    form: 'a name',
    initial: 'default',
  }),
  title: setting(textForm.max(100).optional(), 'What the sign-in page calls it.', {
    form: 'a short text',
    initial: '(the name)',
  }),
  enabled: setting(
    booleanSchema.default(true),
    'False takes it out of use, which ends the sessions that came from it.',
    { form: booleanForm, initial: 'true' },
  ),
} as const;

/** One provider of the configuration file. */
export interface ConfiguredProvider {
  readonly type: ProviderType;
  readonly name: string;
  readonly realm: string;
  readonly title: string | undefined;
  readonly enabled: boolean;
  /** As it was written; it fits the schema of the kind. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where the secrets are. */
  readonly secrets: Readonly<Record<string, SecretPlace>>;
}

/** Where a secret of the configuration file is. */
export type SecretPlace = { readonly file: string } | { readonly variable: string };

/** The schema of a provider of a kind in the configuration file. */
export function configuredSchema({ type, settings, secrets }: ProviderKind): z.ZodObject {
  const places = Object.entries(secrets).flatMap(([name, description]) => [
    [
      `${name}File`,
      setting(textForm.optional(), `${description} From the first line of this file.`, { form: 'a path' }),
    ],
    [
      `${name}Variable`,
      setting(textForm.optional(), `${description} From this environment variable.`, {
        form: 'the name of an environment variable',
      }),
    ],
  ]);
  return z.strictObject({
    type: z.literal(type).meta({ form: type }),
    ...providerFields,
    ...settings.shape,
    ...Object.fromEntries(places),
  });
}

/** The setting `providers`: a list of objects, each with the settings of its type. */
export const providersSetting = setting(
  z
    .array(z.unknown())
    .transform((list, context): ConfiguredProvider[] => {
      const faults = [...list.flatMap(entryFaults), ...twiceNamed(list)];
      for (const { path, message } of faults) {
        context.addIssue({ code: 'custom', path: path.split('.'), message });
      }
      return faults.length > 0 ? z.NEVER : list.map((entry) => configured(entry as Entry));
    })
    .optional(),
  'The ways to sign in, in the order in which the sign-in page offers them. Each has a `type` and the settings of that type, see below. Without this setting there is one of the type `basic`, with the name `basic`.',
  { form: 'a list of providers', initial: '(one of the type basic)', fileOnly: true },
);

type Entry = Readonly<Record<string, unknown>> & { readonly type: string };

function entryFaults(entry: unknown, index: number): InputFault[] {
  const types = providerKinds.map(({ type }) => type).join(', ');
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return [{ path: String(index), message: 'expected a provider: a type, a name and its settings' }];
  }
  const kind = kindOf(String((entry as Partial<Entry>).type));
  if (kind === undefined) return [{ path: `${index}.type`, message: `expected one of ${types}` }];
  const secretNames = Object.keys(kind.secrets).filter((name) => name in entry);
  const { [secretNames[0] ?? '']: _first, ...others } = entry as Entry;
  const faults = objectFaults(configuredSchema(kind), secretNames.length === 0 ? entry : others);
  return [
    ...secretNames.map((name) => ({
      path: name,
      message: `is a secret; give it by ${name}File or ${name}Variable`,
    })),
    ...faults,
  ].map(({ path, message }) => ({ path: path === '' ? String(index) : `${index}.${path}`, message }));
}

function twiceNamed(list: readonly unknown[]): InputFault[] {
  const seen = new Set<string>();
  return list.flatMap((entry, index) => {
    const { name, realm = 'default' } = (entry ?? {}) as Partial<Record<'name' | 'realm', unknown>>;
    const key = JSON.stringify([realm, name]);
    if (name === undefined || !seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path: `${index}.name`, message: 'is the name of another provider of this realm' }];
  });
}

function configured(entry: Entry): ConfiguredProvider {
  const kind = kindOf(entry.type) as ProviderKind;
  const common = z.object(providerFields).parse(entry);
  const own = Object.entries(entry).filter(([key]) => key in kind.settings.shape);
  const secrets = Object.keys(kind.secrets).flatMap((name): [string, SecretPlace][] => {
    const file = entry[`${name}File`] as string | undefined;
    const variable = entry[`${name}Variable`] as string | undefined;
    if (file !== undefined) return [[name, { file }]];
    return variable === undefined ? [] : [[name, { variable }]];
  });
  return {
    type: kind.type,
    name: common.name,
    realm: common.realm,
    title: common.title,
    enabled: common.enabled,
    settings: Object.fromEntries(own),
    secrets: Object.fromEntries(secrets),
  };
}

/**
 * Reads the secrets of a provider of the configuration file.
 * @throws CurfewError `config_invalid` naming file or variable, never its content
 */
export function readSecrets(
  { name, secrets }: Pick<ConfiguredProvider, 'name' | 'secrets'>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([secret, place]) => [
      secret,
      readSecret(`providers: ${name}`, place, environment),
    ]),
  );
}

function readSecret(
  where: string,
  place: SecretPlace,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if ('variable' in place) {
    const value = environment[place.variable];
    if (value) return value;
    throw new CurfewError(
      'config_invalid',
      `${where}: the environment variable ${place.variable} is not set.`,
    );
  }
  let text: string;
  try {
    text = readFileSync(place.file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CurfewError('config_invalid', `${where}: ${place.file} cannot be read (${code ?? 'unknown'}).`);
  }
  // A key in PEM is all of its lines; of anything else an editor adds an empty one to the end.
  const line = text.startsWith('-----BEGIN ') ? text : (text.split(/\r?\n/, 1)[0] ?? '');
  if (line !== '') return line;
  throw new CurfewError('config_invalid', `${where}: ${place.file} has no text on its first line.`);
}
