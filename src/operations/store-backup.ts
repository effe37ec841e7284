import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { demandEveryRealm } from './border.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema } from './session-form.ts';

export const backUpStore = operation({
  name: 'store.backup',
  summary: 'Write a consistent copy of the store while it is in use',
  description:
    "The copy lands in the server's folder for backups under a name of the server's choice; no path is taken from the network.",
  http: { method: 'POST', path: '/v1/backup', status: 201 },
  permission: 'store.backup',
  input: z.strictObject({}),
  output: z.object({
    path: z.string().describe('Where the copy lies, on the machine of the server'),
    sizeBytes: z.int(),
    takenAt: instantSchema,
    head: z.int().describe('The last revocation that is in the copy for certain'),
    hash: z.string(),
  }),
  async run(_input, { caller, store, clock, backupDirectory }) {
    demandEveryRealm(caller, 'A backup holds the sessions of every realm');
    const takenAt = instantForm(clock.now());
    const head = await store.head();
    await mkdir(backupDirectory, { recursive: true, mode: 0o700 });
    const path = join(backupDirectory, `curfew-${takenAt.replaceAll(/[:.]/g, '-')}.db`);
    // A copy has its name only when it is whole.
    const unfinished = `${path}.part`;
    try {
      await store.backup(unfinished);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    const { size } = await stat(path);
    return { path, sizeBytes: size, takenAt, head: head.seq, hash: head.hash };
  },
});
