import { useRef } from 'preact/hooks';
import { useKeys } from '../keys.ts';
import { go } from '../location.ts';
import { entryOf, reachablePages } from '../pages.ts';
import { strings } from '../strings.ts';
import { isHelpOpen } from './help.tsx';

/** How long after `g` the letter of a view is waited for. */
const patienceMs = 1500;

/** Keys that work in every view: `?` for help, and `g` with a letter to go somewhere. */
export function useGlobalKeys(): void {
  const wentAt = useRef(Number.NEGATIVE_INFINITY);
  const views = reachablePages();
  const help = Object.fromEntries(views.map(({ key, title }) => [`g ${key}`, strings.shell.goTo(title)]));
  useKeys(
    {
      '?': () => {
        isHelpOpen.value = true;
      },
      g: () => {
        wentAt.current = performance.now();
      },
    },
    { scope: strings.shell.keysScope, help: { '?': strings.shell.keys.help, ...help } },
  );
  // Bound last, so that after `g` a letter leads somewhere whatever else it does; otherwise it is left to the others.
  useKeys(
    Object.fromEntries(
      views.map((page) => [
        page.key,
        () => {
          const isAfterG = performance.now() - wentAt.current < patienceMs;
          wentAt.current = Number.NEGATIVE_INFINITY;
          if (!isAfterG) return false;
          go(entryOf(page));
          return true;
        },
      ]),
    ),
    { scope: strings.shell.keysScope, help: {}, isFirst: true },
  );
}
