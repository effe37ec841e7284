import type { ComponentChildren } from 'preact';

export interface Labelled {
  readonly label: string;
  /** Hides the label from those who see; it is still there for those who hear. */
  readonly hideLabel?: boolean;
  readonly hint?: ComponentChildren;
  /** What is wrong with the value. */
  readonly error?: string | undefined;
}

interface LabelsProps extends Omit<Labelled, 'hideLabel'> {
  readonly id: string;
  readonly hideLabel?: boolean | undefined;
  readonly children: ComponentChildren;
}

/** What stands around a field. */
export function Labels({ id, label, hideLabel = false, hint, error, children }: LabelsProps) {
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : undefined}>
        {label}
      </label>
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
export function describedBy(id: string, hint: unknown, error: unknown): string | undefined {
  const ids = [error === undefined ? [] : [`${id}-error`], hint === undefined ? [] : [`${id}-hint`]].flat();
  return ids.length === 0 ? undefined : ids.join(' ');
}
