import type { ComponentChildren } from 'preact';
import { strings } from '../strings.ts';
import { Icon } from './icon.tsx';
import { shown } from './name.tsx';

export interface ChipProps {
  readonly children: ComponentChildren;
  readonly tone?: 'plain' | 'accent' | 'good' | 'warning' | 'danger';
  /** Takes it away, such as a filter; `name` says of what for those who hear. */
  readonly onRemove?: () => void;
  readonly name?: string;
  readonly title?: string;
}

/** A word or two that mark something, or a filter that is set. */
export function Chip({ children, tone = 'plain', onRemove, name = '', title }: ChipProps) {
  return (
    <span class={`chip ${tone}`} title={title}>
      {children}
      {onRemove === undefined ? null : (
        <button
          type="button"
          class="chip-remove"
          aria-label={strings.components.remove(shown(name))}
          onClick={onRemove}
        >
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}
