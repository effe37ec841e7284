import type { ComponentChildren } from 'preact';

export interface EmptyProps {
  readonly title: string;
  readonly children?: ComponentChildren;
  /** What can be done about it. */
  readonly action?: ComponentChildren;
}

/** Stands where there is nothing to show, and says why. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
      {action === undefined ? null : <div class="empty-action">{action}</div>}
    </div>
  );
}
