import type { ComponentChildren } from 'preact';

export interface EmptyProps {
  readonly title: string;
  readonly children?: ComponentChildren;
  /** What can be done about it. */
  readonly action?: ComponentChildren;
  /** Whether it stands for the whole view, whose heading its title then is. */
  readonly isWhole?: boolean;
}

/** Stands where there is nothing to show, and says why. */
export function Empty({ title, children, action, isWhole = false }: EmptyProps) {
  return (
    <div class="empty">
      {isWhole ? <h1 class="empty-title">{title}</h1> : <p class="empty-title">{title}</p>}
      {children === undefined ? null : <p>{children}</p>}
      {action === undefined ? null : <div class="empty-action">{action}</div>}
    </div>
  );
}
