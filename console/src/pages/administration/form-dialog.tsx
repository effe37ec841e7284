import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { strings } from '../../strings.ts';

/** What the API says is wrong with a field, by its path. Only a field that is shown may ask: what is asked for is said there. */
export type ErrorOf = (path: string) => string | undefined;

export interface FormDialogProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly submit: string;
  /** `danger` ends sessions. */
  readonly kind?: 'primary' | 'danger';
  readonly shape?: 'normal' | 'wide';
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  /** The field that a name that is taken belongs to. */
  readonly conflictAt?: string;
  readonly children: (errorOf: ErrorOf) => ComponentChildren;
}

/** A dialog that asks for something and does it. What the API finds wrong stands at the field concerned, else above. */
export function FormDialog({
  title,
  submit,
  kind = 'primary',
  shape = 'normal',
  onSubmit,
  onClose,
  conflictAt,
  children,
}: FormDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(undefined);
  const [isSaid, setSaid] = useState(true);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (failed !== undefined) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [failed]);
  useEffect(() => {
    // It stands above, where a long form may have been scrolled away from.
    if (!isSaid) form.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'nearest' });
  }, [failed, isSaid]);
  const faults = failed === undefined ? [] : faultsOf(failed, conflictAt);
  const said = new Set<string>();
  const body = children((path) => {
    const mine = faults.filter((fault) => fault.path === path || fault.path.startsWith(`${path}.`));
    for (const fault of mine) said.add(fault.path);
    return mine.length === 0 ? undefined : mine.map(({ message }) => sentence(message)).join(' ');
  });
  // Fields ask while they are rendered, which is after this. What was said stays until it is tried again.
  useLayoutEffect(
    () => setSaid(failed === undefined || (faults.length > 0 && faults.every(({ path }) => said.has(path)))),
    [failed],
  );
  const act = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setFailed(undefined);
    try {
      await onSubmit();
    } catch (thrown) {
      setFailed(thrown);
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={title}
      shape={shape}
      onClose={onClose}
      closesBeside={false}
      footer={
        <>
          <Button onClick={onClose}>{strings.components.cancel}</Button>
          <Button kind={kind} busy={isBusy} onClick={() => form.current?.requestSubmit()}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        ref={form}
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void act();
        }}
      >
        {failed === undefined || isSaid ? null : <Failure error={failed} />}
        {body}
        {/* The button stands outside of the form; this one lets Enter do the same. */}
        <input type="submit" hidden />
      </form>
    </Dialog>
  );
}

function faultsOf(
  thrown: unknown,
  conflictAt: string | undefined,
): readonly { path: string; message: string }[] {
  const { code, message, details } = toError(thrown);
  if (code === 'conflict' && conflictAt !== undefined) return [{ path: conflictAt, message }];
  if (code === 'realm_unknown') return [{ path: 'realm', message }];
  return details.faults ?? [];
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
