import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { shown } from './name.tsx';

export interface MenuItem {
  readonly label: string;
  readonly onSelect: () => void;
  readonly danger?: boolean;
  /** Set where the item can be chosen. */
  readonly checked?: boolean;
  /** A word beside the label. */
  readonly note?: string | undefined;
  readonly disabled?: boolean;
}

export interface MenuProps {
  /** What the button is called. */
  readonly label: string;
  readonly icon?: IconName;
  /** What the button shows; only the icon without it. */
  readonly text?: ComponentChildren;
  /** Stands above the items. */
  readonly head?: ComponentChildren;
  readonly items: readonly MenuItem[];
  /** Whether of the items that can be chosen one is, or any number; then the menu stays open. */
  readonly choice?: 'one' | 'many';
}

const checkedRoles = { one: 'menuitemradio', many: 'menuitemcheckbox' } as const;

/** A button that opens a list of things to do; the pattern "menu button" of the ARIA authoring practices. */
export function Menu({ label, icon, text, head, items, choice = 'one' }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const entries = () => [...(box.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  const close = (): void => {
    setOpen(false);
    box.current?.querySelector('button')?.focus();
  };
  // Before anything else can be pressed.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    entries()[0]?.focus();
    const outside = (event: Event): void => {
      if (!(event.target instanceof Node && box.current?.contains(event.target))) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) all.at(next % all.length)?.focus();
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={box}>
      <button
        type="button"
        class={`button quiet normal${text === undefined ? ' bare' : ''}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={shown(label)}
        title={shown(label)}
        onClick={() => setOpen(!isOpen)}
      >
        {icon === undefined ? null : <Icon name={icon} />}
        {text}
      </button>
      {isOpen ? (
        <div class="menu-list">
          {head === undefined ? null : <div class="menu-head">{head}</div>}
          <div id={id} role="menu" aria-label={shown(label)} tabIndex={-1} onKeyDown={onKeyDown}>
            {items.map((item) => (
              // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it has one of three roles, and is checked in two.
              <button
                key={item.label}
                type="button"
                role={item.checked === undefined ? 'menuitem' : checkedRoles[choice]}
                aria-checked={item.checked}
                class={item.danger ? 'menu-item danger' : 'menu-item'}
                tabIndex={-1}
                disabled={item.disabled}
                onClick={() => {
                  if (item.checked === undefined || choice === 'one') close();
                  item.onSelect();
                }}
              >
                <span>
                  {item.label}
                  {item.note === undefined ? null : <span class="menu-note"> {item.note}</span>}
                </span>
                {item.checked ? <Icon name="check" /> : null}
              </button>
            ))}
          </div>
        </div>
      ) : null}
    </div>
  );
}
