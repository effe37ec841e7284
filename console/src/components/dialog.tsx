import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { Name } from './name.tsx';

export interface DialogProps {
  readonly title: string;
  /** Called when it is to be closed: by Escape, by its cross, by a click beside it. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Its buttons. */
  readonly footer?: ComponentChildren;
  /** `side` fills the right edge, for what is read beside a list. */
  readonly shape?: 'normal' | 'wide' | 'side';
  /** False where a slip must not lose what was entered: then only Escape and the cross close it. */
  readonly closesBeside?: boolean;
}

/**
 * A dialog over the page, open for as long as it is rendered. The focus stays within and returns to where it was; the
 * browser's own `dialog` sees to both.
 */
export function Dialog({
  title,
  onClose,
  children,
  footer,
  shape = 'normal',
  closesBeside = true,
}: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Before anything is painted: until it is open, keys and clicks reach what lies behind it.
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The browser gives the focus back by itself, but not when the element is taken away at once.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${shape}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (closesBeside && event.target === element.current) onClose();
      }}
    >
      <div class="dialog-frame">
        <header class="dialog-head">
          <h2 id={heading}>
            <Name text={title} />
          </h2>
          <Button kind="quiet" icon="close" label={strings.components.close} onClick={onClose} />
        </header>
        <div class="dialog-body">{children}</div>
        {footer === undefined ? null : <footer class="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
