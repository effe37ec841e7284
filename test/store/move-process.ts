import { systemClock } from '../../src/core/clock.ts';
import { moveData } from '../../src/offline.ts';

/** A process that moves a store and is killed, as `kill -9` would, when it has come so many steps far. */
const [from = '', to = '', killAt = ''] = process.argv.slice(2);
let steps = 0;
await moveData({
  from,
  to,
  clock: systemClock(),
  progress() {
    if (++steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  },
});
