import { setTimeout as delay } from 'node:timers/promises';
import { serverOnCopy } from '../curfew-on-copy.ts';
import { loadRound } from '../load.ts';
import { withinLimit } from '../measurement.ts';
import type { Row } from '../row.ts';
import { sampleBearers } from '../sampling.ts';
import { memoryOf } from '../started-process.ts';

const megabyte = 1_000_000;

/** What a session costs on disk, and the server in memory after it has answered checks for a while. */
export const footprint: Row = {
  name: 'footprint',
  title: 'Disk per session; memory of the server at 1,000,000 sessions',
  isLoad: true,
  async run(context) {
    const server = await serverOnCopy(context, 'data');
    const started = memoryOf(server.pid);
    const values = sampleBearers(100_000, context.size);
    const traffic = { path: '/v1/check', header: 'Authorization', values };
    await loadRound(server, traffic, context.isQuick ? 2 : 10, context.directory);
    await delay(5000);
    const memory = memoryOf(server.pid);
    await server.stop();
    const disk = withinLimit(
      'disk for one session',
      { value: context.cache.bytes / context.size, unit: 'bytes' },
      600,
      { note: 'every index and the ledger included; user agents of 80 to 140 letters' },
    );
    if (started === undefined || memory === undefined) return [disk];
    const total = ({ anonymous, files }: typeof memory) => (anonymous + files) / megabyte;
    const parts = `${(memory.anonymous / megabyte).toFixed(0)} MB of its own and ${(memory.files / megabyte).toFixed(0)} MB of mapped files`;
    return [
      disk,
      withinLimit('memory of the server', { value: total(memory), unit: 'MB' }, 300, {
        note: `${parts}, 5 s after checks of up to 100,000 sessions; ${total(started).toFixed(0)} MB just after the start`,
      }),
    ];
  },
};
