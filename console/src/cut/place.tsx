import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { CurfewError, call } from '../api.ts';
import { toast } from '../components/toast.tsx';
import { path } from '../location.ts';
import { may } from '../me.ts';
import { strings } from '../strings.ts';
import type { CutDialogProps } from './cut-dialog.tsx';
import { openedCut } from './open.ts';
// The styles come with the page: a style sheet that failed once is not fetched again with the dialog.
import './cut.css';
import './selector-chips.css';

/**
 * Where the dialog that ends sessions is shown; once in the page. It is fetched when the page has nothing else to do, so
 * that it is there when the network is not, and else when it is opened.
 */
export function CutPlace() {
  const [Dialog, setDialog] = useState<ComponentType<CutDialogProps> | undefined>(undefined);
  const selector = openedCut.value;
  const mayCut = may('sessions.terminate');
  const isOpen = selector !== undefined && mayCut;
  const isFetched = Dialog !== undefined;
  useEffect(() => {
    if (!mayCut || isFetched) return undefined;
    return whenIdle(() => {
      // Nobody has asked for it yet, so nobody is told.
      fetchDialog().then((part) => setDialog(() => part), ignore);
    });
  }, [mayCut, isFetched]);
  useEffect(() => {
    if (!isOpen || isFetched) return;
    fetchDialog()
      .then((part) => setDialog(() => part))
      .catch(async () => {
        openedCut.value = undefined;
        toast(await whyNotFetched(), { kind: 'failed' });
      });
  }, [isOpen, isFetched]);
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

function ignore(): void {}

/** The dialog. What failed to be fetched is asked for anew the next time. */
async function fetchDialog(): Promise<ComponentType<CutDialogProps>> {
  return (await import('./cut-dialog.tsx')).CutDialog;
}

/** The server cannot be reached; or it can, and the files of this page are gone from it. */
async function whyNotFetched(): Promise<string> {
  try {
    await call('me.get', {}, { quiet: true });
  } catch (thrown) {
    if (thrown instanceof CurfewError) return thrown.message;
  }
  return strings.failure.chunk;
}

/** Has something happen once the page rests, or soon where the browser cannot tell. @returns what calls it off */
function whenIdle(happen: () => void): () => void {
  if (globalThis.requestIdleCallback === undefined) {
    const timer = setTimeout(happen, 1000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(happen, { timeout: 5000 });
  return () => cancelIdleCallback(handle);
}
