import { useId } from 'preact/hooks';
import { describedBy, Labels } from './labels.tsx';
import { shown } from './name.tsx';
import './select.css';

/** A choice of so many letters may be cut. */
const cutFrom = 20;

export interface SelectOption {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
}

export interface SelectProps {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  /** What the API and the documentation call it. */
  readonly code?: string;
  readonly error?: string;
  readonly disabled?: boolean;
}

/** A choice of one among a few, by the browser's own list. */
export function Select({
  label,
  hideLabel,
  value,
  options,
  onChange,
  hint,
  code,
  error,
  disabled = false,
}: SelectProps) {
  const id = useId();
  const chosen = shown(options.find((option) => option.value === value)?.label ?? '');
  return (
    <Labels {...{ id, label, hideLabel, hint, code, error }}>
      <span class="select" data-whole={chosen.length >= cutFrom ? chosen : undefined}>
        <select
          id={id}
          value={value}
          disabled={disabled}
          aria-invalid={error === undefined ? undefined : true}
          aria-describedby={describedBy(id, hint, error, code)}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {shown(option.label)}
            </option>
          ))}
        </select>
      </span>
    </Labels>
  );
}
