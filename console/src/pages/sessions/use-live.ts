import { useEffect, useRef, useState } from 'preact/hooks';
import { connection, onEvent } from '../../live.ts';
import type { Overview } from './overview.ts';
import { pageSize, type SessionPages } from './session-pages.ts';
import type { Order } from './view.ts';

/** What comes by itself is looked at no more often than this. */
const restMs = 1500;

export interface LiveInput {
  readonly pages: SessionPages;
  readonly overview: Overview;
  readonly order: Order;
  /** Whether rows may move now: the reader is at the top, and neither the pointer nor the keyboard is at a row. */
  readonly mayMove: () => boolean;
}

/**
 * Keeps the list as it is on the server. Sessions that ended stay where they are and are marked; new ones come in at the top
 * when that disturbs nobody, else they are counted.
 * @returns how many new ones wait, and what shows them
 */
export function useLive({ pages, overview, order, mayMove }: LiveInput): {
  newer: number;
  showNewer: () => void;
} {
  const [newer, setNewer] = useState(0);
  const newest = useRef(mayMove);
  newest.current = mayMove;
  useEffect(() => {
    setNewer(0);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isWanted = false;
    let isLooking = false;
    let isGone = false;
    const look = async (): Promise<void> => {
      isLooking = true;
      isWanted = false;
      await pages.lookAgain();
      await overview.count();
      const count = order === '-createdAt' ? await pages.countNew() : 0;
      const maySettle = overview.total.value === 0 || newest.current();
      const hasRemoved = maySettle && (await pages.hasRemoved());
      if (isGone) return;
      if (hasRemoved || (count > 0 && newest.current())) {
        await pages.reload();
        setNewer(0);
      } else setNewer(count);
      isLooking = false;
      if (isWanted) soon();
    };
    const soon = (): void => {
      isWanted = true;
      if (isLooking || isGone || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        // A page that nobody looks at needs nothing until it is looked at.
        if (document.visibilityState === 'visible') void look();
      }, restMs);
    };
    const forget = [
      onEvent('pulse', soon),
      onEvent('revocation', soon),
      onEvent('sweep', soon),
      // Samples are removed by no revocation.
      onEvent('journal', ({ event }) => {
        if (event === 'samples.removed') soon();
      }),
      // What happened while the connection was lost is told by nothing else.
      onEvent('hello', () => {
        pages.hurry();
        overview.hurry();
        soon();
      }),
    ];
    const onVisible = (): void => {
      if (document.visibilityState === 'visible' && isWanted) soon();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      isGone = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
      for (const one of forget) one();
    };
  }, [pages, overview, order]);
  const showNewer = (): void => {
    setNewer(0);
    void pages.reload();
  };
  return { newer: connection.value === 'lost' ? 0 : Math.min(newer, pageSize), showNewer };
}
