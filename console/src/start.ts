import { keepLive } from './live.ts';
import { follow } from './location.ts';
import { learnMe } from './me.ts';

/** What runs beside the page from the first moment on. */
export function start(): void {
  follow();
  void learnMe();
  keepLive();
}
