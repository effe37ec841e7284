import { useState } from 'preact/hooks';
import { toError } from '../../api.ts';
import { toast } from '../../components/toast.tsx';

/** The dialog that is open over a part of the administration, and the ways it closes. */
export interface OpenDialog<Opened> {
  /** What is open; undefined while nothing is. */
  readonly opened: Opened | undefined;
  readonly open: (opened: Opened) => void;
  readonly close: () => void;
  /** Closes it because it has done its work, opens what follows, if anything does, and shows the list as it is now. */
  readonly done: (next?: Opened) => Promise<void>;
  /** Does something that asks nothing first, says that it is done or why it is not, and shows the list as it is now. */
  readonly doAtOnce: (act: () => Promise<unknown>, said: string) => Promise<void>;
}

/**
 * Keeps which dialog of a part is open. There is one at a time.
 * @param reload reads the list behind it anew
 */
export function useOpened<Opened extends { readonly doing: string }>(
  reload: () => Promise<void>,
): OpenDialog<Opened> {
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  return {
    opened,
    open: setOpened,
    close: () => setOpened(undefined),
    async done(next) {
      setOpened(next);
      await reload();
    },
    async doAtOnce(act, said) {
      try {
        await act();
        toast(said);
      } catch (thrown) {
        toast(toError(thrown).message, { kind: 'failed' });
      }
      await reload();
    },
  };
}
