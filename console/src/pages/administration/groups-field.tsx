import { Checkbox, Field } from '../../components/field.tsx';
import { strings } from '../../strings.ts';
import type { ErrorOf } from './form-dialog.tsx';

const texts = strings.administration;
const known = ['administrator', 'clusterAdmins', 'read'] as const;

export interface GroupsFieldProps {
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
  readonly errorOf: ErrorOf;
}

/** The access groups of somebody: those that mean something to Curfew, and others. */
export function GroupsField({ value, onChange, errorOf }: GroupsFieldProps) {
  const others = value.filter((group) => !isKnown(group));
  const toggle = (group: string, isHeld: boolean): void =>
    onChange(isHeld ? [...value, group] : value.filter((one) => one !== group));
  return (
    <fieldset class="form-group">
      <legend>{texts.groups}</legend>
      {known.map((group) => (
        <Checkbox
          key={group}
          label={<code>{group}</code>}
          hint={texts.groupHints[group]}
          checked={value.includes(group)}
          onChange={(isHeld) => toggle(group, isHeld)}
        />
      ))}
      <Field
        label={texts.otherGroups}
        hint={texts.otherGroupsHint}
        value={others.join(',')}
        error={errorOf('accessGroups')}
        onInput={(text) => onChange([...value.filter(isKnown), ...(text === '' ? [] : text.split(','))])}
      />
    </fieldset>
  );
}

/** What was entered, without blanks around the names and without empty ones. */
export function groupsOf(value: readonly string[]): string[] {
  return [...new Set(value.map((group) => group.trim()).filter((group) => group !== ''))];
}

function isKnown(group: string): boolean {
  return (known as readonly string[]).includes(group);
}
