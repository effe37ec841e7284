import { Checkbox, Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';
import type { ErrorOf } from './form-dialog.tsx';
import { isCommon, type ProviderType, type Setting } from './provider-values.ts';

const texts = strings.providers;

/** What a setting or secret is called; one that is newer than this page goes by its name in the API. */
function titleOf(name: string): string {
  return strings.providerFields[name] ?? name;
}

export interface SettingFieldsProps {
  readonly type: ProviderType;
  /** The settings as they are edited, by name. */
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (name: string, text: string) => void;
  readonly errorOf: ErrorOf;
}

/** The settings of a provider, each with what the API says of it: the needed and usual ones first. */
export function SettingFields({ type, values, onChange, errorOf }: SettingFieldsProps) {
  const fields = type.settings.map((setting) => ({
    setting,
    isFirst: isCommon(type.type, setting),
    error: errorOf(`settings.${setting.name}`),
  }));
  const show = (isFirst: boolean) =>
    fields
      .filter((one) => one.isFirst === isFirst)
      .map(({ setting, error }) => (
        <SettingField
          key={setting.name}
          setting={setting}
          value={values[setting.name] ?? ''}
          error={error}
          onInput={(text) => onChange(setting.name, text)}
        />
      ));
  const further = fields.filter(({ isFirst }) => !isFirst);
  return (
    <>
      {show(true)}
      {further.length === 0 ? null : (
        <details class="further" open={further.some(({ error }) => error !== undefined)}>
          <summary>{texts.further(formatCount(further.length))}</summary>
          <div class="form">{show(false)}</div>
        </details>
      )}
    </>
  );
}

interface SettingFieldProps {
  readonly setting: Setting;
  readonly value: string;
  readonly error: string | undefined;
  readonly onInput: (text: string) => void;
}

const lineHints = {
  list: texts.aLine,
  map: texts.mapLine,
  listMap: texts.listMapLine,
} as const;

function SettingField({ setting, value, error, onInput }: SettingFieldProps) {
  const { name, description, form, initial, shape, choices = [], required } = setting;
  const line = shape in lineHints ? lineHints[shape as keyof typeof lineHints] : undefined;
  const parts = [
    description,
    texts.formHint(form),
    ...(initial === undefined ? [] : [texts.initialHint(initial)]),
    ...(line === undefined ? [] : [line]),
  ];
  const hint = parts.join(' ').replaceAll('`', '');
  if (shape === 'flag' || shape === 'choice') {
    const options = shape === 'flag' ? [texts.yes, texts.no] : choices;
    return (
      <Select
        label={titleOf(name)}
        code={name}
        hint={hint}
        value={value}
        {...(error === undefined ? {} : { error })}
        options={[
          { value: '', label: texts.unsaid },
          ...options.map((option) => ({ value: option, label: option })),
        ]}
        onChange={onInput}
      />
    );
  }
  const rows = shape === 'long' ? 6 : line === undefined ? 1 : 3;
  return <Field {...{ label: titleOf(name), code: name, hint, value, error, onInput, rows, required }} />;
}

export interface SecretFieldsProps {
  readonly type: ProviderType;
  /** The names of those that are kept. */
  readonly kept: readonly string[];
  /** What was entered; null takes one away. */
  readonly values: Readonly<Record<string, string | null>>;
  readonly onChange: (name: string, value: string | null) => void;
  readonly errorOf: ErrorOf;
}

/** The secrets of a provider. None is ever shown: a field is for another one. */
export function SecretFields({ type, kept, values, onChange, errorOf }: SecretFieldsProps) {
  if (type.secrets.length === 0) return null;
  return (
    <fieldset class="form-group">
      <legend>{texts.secrets}</legend>
      {type.secrets.map(({ name, description }) => {
        const value = values[name];
        const isKept = kept.includes(name);
        const hint = `${description}${isKept ? ` ${texts.secretKept}` : ''}`.replaceAll('`', '');
        return (
          <div key={name} class="form">
            <Field
              label={titleOf(name)}
              code={name}
              type="password"
              autoComplete="new-password"
              hint={hint}
              disabled={value === null}
              value={value ?? ''}
              // A private key has lines, which a field of one line would take away.
              {...(/private key|PEM/i.test(description) ? { rows: 4 } : {})}
              error={errorOf(`secrets.${name}`)}
              onInput={(text) => onChange(name, text)}
            />
            {isKept ? (
              <Checkbox
                label={texts.secretRemove(titleOf(name))}
                checked={value === null}
                onChange={(isRemoved) => onChange(name, isRemoved ? null : '')}
              />
            ) : null}
          </div>
        );
      })}
    </fieldset>
  );
}
