import { signal } from '@preact/signals';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { Name } from './name.tsx';

export interface ToastOptions {
  readonly kind?: 'done' | 'failed';
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface Toast extends ToastOptions {
  readonly id: number;
  readonly text: string;
}

/** Long enough to read it twice. What failed stays until it is dismissed. */
const shownMs = 8000;
const most = 4;

const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Says something in passing, for those who see and for those who hear. */
export function toast(text: string, options: ToastOptions = {}): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(1 - most), { id, text, ...options }];
  if (options.kind !== 'failed') setTimeout(() => dismiss(id), shownMs);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Where they are shown; once in the page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind = 'done', action }) => (
        <div key={id} class={`toast ${kind}`}>
          <Icon name={kind === 'failed' ? 'warning' : 'check'} />
          <Name text={text} />
          {action === undefined ? null : (
            <Button
              size="small"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Button
            kind="quiet"
            size="small"
            icon="close"
            label={strings.components.dismiss}
            onClick={() => dismiss(id)}
          />
        </div>
      ))}
    </div>
  );
}
