import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toError } from '../api.ts';
import { toast } from '../components/toast.tsx';
import { path } from '../location.ts';
import { may } from '../me.ts';
import type { CutDialogProps } from './cut-dialog.tsx';
import { openedCut } from './open.ts';

/** Where the dialog that ends sessions is shown; once in the page. It is fetched when it is first opened. */
export function CutPlace() {
  const [Dialog, setDialog] = useState<ComponentType<CutDialogProps> | undefined>(undefined);
  const selector = openedCut.value;
  const isOpen = selector !== undefined && may('sessions.terminate');
  useEffect(() => {
    if (!isOpen || Dialog !== undefined) return;
    import('./cut-dialog.tsx')
      .then((part) => setDialog(() => part.CutDialog))
      .catch((thrown: unknown) => {
        openedCut.value = undefined;
        toast(toError(thrown).message, { kind: 'failed' });
      });
  }, [isOpen, Dialog]);
  const view = path.value;
  useEffect(() => {
    // Whoever leaves the view, or is signed out, leaves the cut: it must not wait for the next person at this machine.
    return () => {
      openedCut.value = undefined;
    };
  }, [view]);
  if (!isOpen || Dialog === undefined) return null;
  return (
    <Dialog
      key={JSON.stringify(selector)}
      selector={selector}
      onClose={() => {
        openedCut.value = undefined;
      }}
    />
  );
}
