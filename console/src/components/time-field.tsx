import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatTime, formatUtc } from '../format.ts';
import { readTime } from '../read-time.ts';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { describedBy, type Labelled, Labels } from './labels.tsx';
import './time-field.css';

/** What is told while a text stands there that is no time, so that nobody takes it for none. */
export const unreadable = 'unreadable';

export interface TimeFieldProps extends Labelled {
  readonly disabled?: boolean;
  /** An instant as ISO 8601, or nothing. */
  readonly value: string;
  /** Told an instant as ISO 8601, nothing, or `unreadable`. */
  readonly onInput: (value: string) => void;
}

/**
 * A field for an instant, in the reader's zone. The browser's own writes days in the order of its language, so that of two
 * readers one takes the 3rd of April for the 4th of March; this one names the month. Its calendar is the browser's.
 */
export function TimeField({
  label,
  hideLabel,
  hint,
  error,
  disabled = false,
  value,
  onInput,
}: TimeFieldProps) {
  const id = useId();
  const [text, setText] = useState(textOf(value));
  const [isLeft, setLeft] = useState(true);
  const told = useRef(value);
  const calendar = useRef<HTMLInputElement>(null);
  // Before the next key, which would else be taken for the change of somebody else.
  useLayoutEffect(() => {
    // Somebody else has changed it, such as a step back in the browser.
    if (value !== told.current && value !== unreadable) setText(textOf(value));
    told.current = value;
  }, [value]);
  const isUnread = text.trim() !== '' && readTime(text) === undefined;
  const fault = error ?? (isUnread && isLeft ? strings.components.unreadableTime : undefined);
  const tell = (typed: string): void => {
    const at = readTime(typed);
    told.current = typed.trim() === '' ? '' : at === undefined ? unreadable : new Date(at).toISOString();
    onInput(told.current);
  };
  return (
    <Labels {...{ id, label, hideLabel, hint, error: fault }}>
      <div class="field-row">
        <input
          id={id}
          class="time-field"
          type="text"
          value={text}
          disabled={disabled}
          placeholder={strings.components.timeForm}
          autoComplete="off"
          spellcheck={false}
          aria-invalid={fault === undefined ? undefined : true}
          aria-describedby={describedBy(id, hint, fault)}
          title={isUnread || text === '' ? undefined : utcOf(text)}
          onInput={(event) => {
            setLeft(false);
            setText(event.currentTarget.value);
            tell(event.currentTarget.value);
          }}
          onBlur={() => {
            setLeft(true);
            const at = readTime(text);
            if (at !== undefined) setText(formatTime(at));
          }}
        />
        <span class="time-field-pick">
          <Button
            kind="quiet"
            size="small"
            icon="calendar"
            label={strings.components.pickTime(label)}
            disabled={disabled}
            onClick={() => calendar.current?.showPicker()}
          />
        </span>
        {/* Only its calendar is used; whoever writes does so above. */}
        <input
          ref={calendar}
          class="time-field-calendar"
          type="datetime-local"
          tabIndex={-1}
          aria-hidden="true"
          value={localText(text)}
          onInput={(event) => {
            const at = readTime(event.currentTarget.value);
            const picked = at === undefined ? '' : formatTime(at);
            setText(picked);
            tell(picked);
          }}
        />
      </div>
    </Labels>
  );
}

function textOf(value: string): string {
  return value === '' || value === unreadable ? '' : formatTime(value);
}

function utcOf(text: string): string | undefined {
  const at = readTime(text);
  return at === undefined ? undefined : formatUtc(at);
}

/** A text of a person as a field of the browser takes it. */
function localText(text: string): string {
  const at = readTime(text);
  if (at === undefined) return '';
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
