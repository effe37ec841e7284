import { z } from 'zod';
import { CurfewError, type InputFault } from './errors.ts';
import { issueText } from './issue-text.ts';

/** What the schema of a setting carries beside its form; from here come messages and the reference page. */
export interface SettingMeta {
  /** The expected form, such as `a number from 1 to 65535`. */
  readonly form: string;
  /** The value without any source, as a person writes it; absent when there is none. */
  readonly initial?: string;
  /** Its value is shown nowhere, and it is read from the environment only: a command line is open to all processes. */
  readonly secret?: boolean;
  /** A value may have a secret in it, so no message repeats one. */
  readonly mayHoldSecret?: boolean;
  /** It is read from a file only, since it is more than a text; its own checks say what is wrong within. */
  readonly fileOnly?: boolean;
}

/** One setting: a leaf of the schema. */
export interface Setting extends SettingMeta {
  /** The key in a file, with dots: `limits.failuresPerMinute`. */
  readonly key: string;
  /** The flag without its dashes: `limits-failures-per-minute`. */
  readonly flag: string;
  /** The environment variable: `CURFEW_LIMITS_FAILURES_PER_MINUTE`. */
  readonly variable: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

/** Where values come from, the strongest first. */
export interface SettingSources {
  /** Flags of the command line, without their dashes. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The content of the configuration file, and its name. */
  readonly file?: { readonly name: string; readonly content: unknown } | undefined;
}

const prefix = 'CURFEW_';

/** The settings of a schema, in its order; a nested object is a group. */
export function settingsOf(schema: z.ZodObject, path: readonly string[] = []): Setting[] {
  return Object.entries(schema.shape).flatMap(([name, leaf]): Setting[] => {
    const steps = [...path, name];
    const inner =
      leaf instanceof z.ZodPrefault || leaf instanceof z.ZodOptional ? leaf.unwrap() : (leaf as unknown);
    if (inner instanceof z.ZodObject && (leaf as z.ZodType).meta()?.form === undefined)
      return settingsOf(inner, steps);
    const { description = '', ...meta } = metaOf(leaf as z.ZodType);
    const words = steps.flatMap((step) => step.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
    return [
      {
        ...meta,
        key: steps.join('.'),
        flag: words.join('-'),
        variable: `${prefix}${words.join('_').toUpperCase()}`,
        description,
        schema: leaf as z.ZodType,
      },
    ];
  });
}

function metaOf(leaf: z.ZodType): SettingMeta & { description?: string } {
  const meta = leaf.meta();
  if (typeof meta?.form !== 'string') throw new TypeError('every setting says which form its value has');
  return meta as unknown as SettingMeta & { description?: string };
}

/**
 * Reads the settings of a schema. Every setting takes its value from the strongest source that has one; there is no
 * falling back from a value that cannot be read.
 * @param foreign variables with our prefix that belong to something else
 * @throws CurfewError `config_invalid` naming key, source and expected form of everything that is wrong
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  { flags, environment, file }: SettingSources,
  foreign: (variable: string) => boolean,
): z.output<Schema> {
  const settings = settingsOf(schema);
  const faults: InputFault[] = [];
  const fromFile =
    file === undefined ? new Map<string, unknown>() : flatten(file.content, settings, file.name, faults);
  const values: Record<string, unknown> = {};
  for (const setting of settings) {
    const found = [
      ...(setting.secret === true || setting.fileOnly === true
        ? []
        : [{ value: flags[setting.flag] as unknown, source: `--${setting.flag}` }]),
      ...(setting.fileOnly === true
        ? []
        : [{ value: environment[setting.variable] as unknown, source: setting.variable }]),
      { value: fromFile.get(setting.key), source: `${setting.key} in ${file?.name ?? 'the file'}` },
    ].find(({ value }) => value !== undefined);
    if (found === undefined) continue;
    const parsed = setting.schema.safeParse(found.value, { error: issueText });
    if (parsed.success) place(values, setting.key, found.value);
    else if (setting.fileOnly === true) faults.push(...faultsWithin(setting, found.source, parsed.error));
    else faults.push(unreadable(setting, found));
  }
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith(prefix) || foreign(variable)) continue;
    if (settings.some((setting) => setting.variable === variable && setting.fileOnly !== true)) continue;
    faults.push({
      path: variable,
      message: 'is not a setting; remove it from the environment or correct its name',
    });
  }
  if (faults.length > 0) throw invalid(faults);
  const parsed = schema.safeParse(values, { error: issueText });
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

function unreadable(
  { form, secret, mayHoldSecret }: Setting,
  { value, source }: { value: unknown; source: string },
): InputFault {
  const given = secret === true || mayHoldSecret === true ? '' : `, not ${JSON.stringify(value)}`;
  return { path: source, message: `expected ${form}${given}` };
}

/** What is wrong within a setting that is more than a text; values are not repeated, for one may be a secret. */
function faultsWithin({ key, form }: Setting, source: string, error: z.ZodError): InputFault[] {
  return error.issues.map(({ code, path, message }) => {
    if (path.length === 0) return { path: source, message: `expected ${code === 'custom' ? message : form}` };
    return { path: source.replace(key, [key, ...path.map(String)].join('.')), message };
  });
}

function place(values: Record<string, unknown>, key: string, value: unknown): void {
  const steps = key.split('.');
  const last = steps.pop() as string;
  let inner = values;
  for (const step of steps) {
    inner[step] ??= {};
    inner = inner[step] as Record<string, unknown>;
  }
  inner[last] = value;
}

/** The values of a file by key. Unknown keys, and secrets, which do not belong into a file, are faults. */
function flatten(
  content: unknown,
  settings: readonly Setting[],
  name: string,
  faults: InputFault[],
): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const walk = (part: unknown, path: readonly string[]): void => {
    const key = path.join('.');
    const setting = settings.find((one) => one.key === key);
    if (setting !== undefined) {
      if (setting.secret === true) {
        faults.push({ path: `${key} in ${name}`, message: `is a secret; give it by ${setting.variable}` });
      } else values.set(key, part);
      return;
    }
    const isGroup = key === '' || settings.some((one) => one.key.startsWith(`${key}.`));
    if (!isGroup) {
      const parents = path.slice(0, -1).map((step) => `${step}.`);
      const siblings = settings.flatMap((one) =>
        one.key.startsWith(parents.join('')) ? (one.key.split('.')[parents.length] ?? []) : [],
      );
      const known = [...new Set(siblings)].join(', ');
      faults.push({ path: `${key} in ${name}`, message: `is not a setting; known are ${known}` });
    } else if (typeof part === 'object' && part !== null && !Array.isArray(part)) {
      for (const [step, inner] of Object.entries(part)) walk(inner, [...path, step]);
    } else if (part !== null && part !== undefined) {
      faults.push({ path: `${key === '' ? '' : `${key} in `}${name}`, message: 'expected keys with values' });
    }
  };
  walk(content, []);
  return values;
}

function invalid(faults: readonly InputFault[]): CurfewError {
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('\n');
  return new CurfewError('config_invalid', message, { faults });
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration such as `90s`, `30m`, `72h` or `7d`; undefined if it is none. */
export function readDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(amount) * (unitsMs[unit] as number);
}
