import { keepCopiesTrue } from './components/name.tsx';
import { keepLive } from './live.ts';
import { follow, path } from './location.ts';
import { keepKnown, learnMe } from './me.ts';
import { isAt, pages } from './pages.ts';
import { keepSamples } from './samples.ts';

/** What runs beside the page from the first moment on. */
export function start(): void {
  follow();
  keepCopiesTrue();
  keepKnown();
  void learnMe();
  keepLive();
  keepSamples();
  // The view is fetched while it is found out who is here; most often it is the one that will be shown.
  pages
    .find((page) => isAt(page, path.peek()))
    ?.load()
    .catch(() => undefined);
}
