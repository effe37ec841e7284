import type { ComponentChildren, Ref, TargetedMouseEvent } from 'preact';
import { visible } from '../../../src/core/visible.ts';
import { strings } from '../strings.ts';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly onClick?: (event: TargetedMouseEvent<HTMLButtonElement>) => void;
  /** `danger` is for ending sessions and for nothing else; `quiet` has no border. */
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly size?: 'normal' | 'small';
  readonly icon?: IconName;
  /** What the button is called; needed where it shows nothing but an icon, or where its text does not say of what. */
  readonly label?: string;
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  /** While something that it began goes on; it cannot be pressed again, and keeps the focus. */
  readonly busy?: boolean;
  readonly pressed?: boolean;
  readonly title?: string;
  readonly buttonRef?: Ref<HTMLButtonElement>;
  readonly autoFocus?: boolean;
}

export function Button({
  children,
  onClick,
  kind = 'plain',
  size = 'normal',
  icon,
  label,
  type = 'button',
  disabled = false,
  busy = false,
  pressed,
  title,
  buttonRef,
  autoFocus = false,
}: ButtonProps) {
  const isBare = children === undefined;
  return (
    <button
      ref={buttonRef ?? null}
      type={type}
      class={`button ${kind} ${size}${isBare ? ' bare' : ''}`}
      aria-label={label === undefined ? undefined : visible(label)}
      aria-pressed={pressed}
      aria-disabled={busy ? true : undefined}
      aria-busy={busy ? true : undefined}
      title={visible(title ?? (isBare ? label : undefined) ?? '') || undefined}
      disabled={disabled}
      // biome-ignore lint/a11y/noAutofocus: whoever opens something for this one button says so.
      autoFocus={autoFocus}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
      {busy ? <span class="spinner" role="img" aria-label={strings.components.busy} /> : null}
    </button>
  );
}
