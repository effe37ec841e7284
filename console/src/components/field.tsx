import type { ComponentChildren, Ref } from 'preact';
import { useId, useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { describedBy, type Labelled, Labels } from './labels.tsx';
import { TimeField } from './time-field.tsx';

export interface FieldProps extends Labelled {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'password' | 'search' | 'number' | 'url' | 'datetime-local';
  readonly name?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  /** More than one row makes it a field for longer texts. */
  readonly rows?: number;
  readonly min?: number;
  readonly max?: number;
  /** The most characters that it takes, in UTF-16 units. */
  readonly maxLength?: number;
  readonly inputRef?: Ref<HTMLInputElement>;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  /** Marks it as wrong where what is wrong is said elsewhere. */
  readonly isInvalid?: boolean;
}

/** A field for text, with its label, a hint, and what is wrong with it. One for an instant takes and tells ISO 8601. */
export function Field(props: FieldProps) {
  return props.type === 'datetime-local' ? <TimeField {...props} /> : <TextField {...props} />;
}

function TextField(props: FieldProps) {
  const { label, hideLabel, hint, code, error, value, onInput, type = 'text', rows = 1, ...others } = props;
  const id = useId();
  const [isShown, setShown] = useState(false);
  const { inputRef, min, max, onKeyDown, autoComplete = 'off', isInvalid = false, ...plain } = others;
  const common = {
    ...plain,
    id,
    value,
    'aria-invalid': error === undefined && !isInvalid ? undefined : true,
    'aria-describedby': describedBy(id, hint, error, code),
    autoComplete,
    spellcheck: false,
    autoCapitalize: 'none' as const,
  };
  return (
    <Labels {...{ id, label, hideLabel, hint, code, error }}>
      {rows > 1 ? (
        <textarea {...common} rows={rows} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <div class="field-row">
          <input
            {...common}
            ref={inputRef ?? null}
            // The types of JSX want one member of the union at a time.
            type={(isShown ? 'text' : type) as 'text'}
            min={min}
            max={max}
            onInput={(event) => onInput(event.currentTarget.value)}
            onKeyDown={(event) => onKeyDown?.(event)}
          />
          {type === 'password' ? (
            <button
              type="button"
              class="button quiet small reveal"
              aria-pressed={isShown}
              aria-controls={id}
              onClick={() => setShown(!isShown)}
            >
              {isShown ? strings.components.hidePassword : strings.components.showPassword}
            </button>
          ) : null}
        </div>
      )}
    </Labels>
  );
}

export interface CheckboxProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly hint?: ComponentChildren;
  readonly disabled?: boolean;
}

/** A choice of yes or no. */
export function Checkbox({ label, checked, onChange, hint, disabled = false }: CheckboxProps) {
  const id = useId();
  return (
    <div class="checkbox">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={describedBy(id, hint, undefined)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
