import type { ComponentChildren } from 'preact';
import './labels.css';

export interface Labelled {
  readonly label: string;
  /** Hides the label from those who see; it is still there for those who hear. */
  readonly hideLabel?: boolean;
  readonly hint?: ComponentChildren;
  /** What the API and the documentation call it, for those who read both. */
  readonly code?: string;
  /** What is wrong with the value. */
  readonly error?: string | undefined;
}

interface LabelsProps extends Omit<Labelled, 'hideLabel' | 'code'> {
  readonly id: string;
  readonly hideLabel?: boolean | undefined;
  readonly code?: string | undefined;
  readonly children: ComponentChildren;
}

/** What stands around a field. */
export function Labels({ id, label, hideLabel = false, hint, code, error, children }: LabelsProps) {
  const title = (
    <label for={id} class={hideLabel ? 'unseen' : undefined}>
      {label}
    </label>
  );
  return (
    <div class="field">
      {code === undefined ? (
        title
      ) : (
        <div class="field-head">
          {title}
          <code class="field-code" id={`${id}-code`}>
            {code}
          </code>
        </div>
      )}
      {children}
      {error === undefined ? null : (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** The ids of what describes a field. */
export function describedBy(id: string, hint: unknown, error: unknown, code?: string): string | undefined {
  const parts = { error, hint, code };
  const ids = Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [`${id}-${name}`]));
  return ids.length === 0 ? undefined : ids.join(' ');
}
