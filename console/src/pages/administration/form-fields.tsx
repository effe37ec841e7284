import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import type { ErrorOf } from './form-dialog.tsx';

const texts = strings.administration;

/** What the fields here share. They ask for what is wrong with them only when they are shown. */
export interface EditedProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly errorOf: ErrorOf;
}

/** The name of an account that is made. */
export function UsernameField({ value, onChange, errorOf }: EditedProps) {
  return (
    <Field label={texts.username} value={value} error={errorOf('username')} onInput={onChange} autoFocus />
  );
}

/** A password for an account, which browsers do not fill in by themselves. */
export function NewPasswordField({
  label = texts.password,
  hint,
  value,
  onChange,
  errorOf,
}: EditedProps & { label?: string; hint: string }) {
  return (
    <Field
      label={label}
      type="password"
      hint={hint}
      autoComplete="new-password"
      value={value}
      error={errorOf('password')}
      onInput={onChange}
    />
  );
}

/** The realm of something; those who are bound to one are not asked. */
export function RealmField({ hint, value, onChange, errorOf }: EditedProps & { hint?: string }) {
  if (me.value?.realm !== null) return null;
  return (
    <Field
      label={texts.realm}
      {...(hint === undefined ? {} : { hint })}
      value={value}
      error={errorOf('realm')}
      onInput={onChange}
    />
  );
}

export interface ChoiceProps<Choice extends string> {
  readonly label: string;
  readonly hint?: string;
  readonly value: Choice;
  /** What each choice is called, in the order in which they stand. */
  readonly choices: Readonly<Partial<Record<Choice, string>>>;
  readonly onChange: (value: Choice) => void;
}

/** One of a few choices. */
export function ChoiceField<Choice extends string>({
  label,
  hint,
  value,
  choices,
  onChange,
}: ChoiceProps<Choice>) {
  return (
    <Select
      label={label}
      {...(hint === undefined ? {} : { hint })}
      value={value}
      options={(Object.entries(choices) as [Choice, string][]).map(([choice, text]) => ({
        value: choice,
        label: text,
      }))}
      onChange={(chosen) => onChange(chosen as Choice)}
    />
  );
}
