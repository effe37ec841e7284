import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { eachSession } from '../../client/lists.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible, visibleJson } from '../../core/visible.ts';
import { act, type Invocation } from '../invocation.ts';
import { say } from '../output.ts';
import { progressOn } from '../progress.ts';
import { type Terminal, write } from '../terminal.ts';
import { addListFlags, type ListFlags, queryFromFlags } from './sessions-list.ts';

interface Flags extends ListFlags {
  readonly force?: boolean;
}

/** `curfew export`: sessions as NDJSON. */
export function addExport(program: Command, terminal: Terminal): void {
  const command = program
    .command('export')
    .description('write sessions as NDJSON, one a line; never their tokens')
    .argument('[file]', 'where to; standard output without it, or for -')
    .option('--force', 'replace the file if there is one');
  addListFlags(command).addHelpText(
    'after',
    `
Examples:
  curfew export sessions.ndjson
  curfew export --realm shop --state any | gzip > shop.ndjson.gz
`,
  );
  act<Flags>(command, terminal, exportSessions);
}

async function exportSessions(invocation: Invocation<Flags>, file?: string): Promise<void> {
  const { flags, terminal } = invocation;
  const query = queryFromFlags(flags, terminal.clock.now());
  const client = await invocation.client();
  const target =
    file === undefined || file === '-' ? standardOutput(terminal) : await newFile(file, flags.force === true);
  const { count = 0 } = await client.sessions.list({ ...query, count: 'exact', limit: 1 });
  const progress = progressOn(terminal, (done) => `${done} of ${count} sessions`);
  let done = 0;
  try {
    for await (const session of eachSession(client, { ...query, limit: 1000 })) {
      await target.write(`${visibleJson(session)}\n`);
      progress.at(++done);
    }
    await target.finish();
  } catch (error) {
    await target.discard();
    throw error;
  } finally {
    progress.end();
  }
  await say(terminal, `Exported ${done} session${done === 1 ? '' : 's'}${target.name}.`);
}

interface Target {
  readonly name: string;
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

function standardOutput({ stdout }: Terminal): Target {
  const nothing = async () => undefined;
  return { name: '', write: (text) => write(stdout, text), finish: nothing, discard: nothing };
}

/** A file that has its name only when it is whole. Who is signed in where is nobody else's business: mode 0600. */
async function newFile(path: string, force: boolean): Promise<Target> {
  if (!force && (await exists(path)))
    throw new CurfewError(
      'conflict',
      `The file ${path} exists; choose another name, or replace it with --force.`,
    );
  const draft = `${path}.${randomUUID()}.part`;
  const stream = createWriteStream(draft, { mode: 0o600, flags: 'wx' });
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  const demandSound = () => {
    if (failure !== undefined)
      throw new CurfewError('invalid_input', `The file ${path} cannot be written: ${failure.message}.`);
  };
  return {
    name: ` to ${visible(path)}`,
    async write(text) {
      demandSound();
      await write(stream, text);
      demandSound();
    },
    async finish() {
      if (failure === undefined) {
        stream.end();
        await Promise.race([once(stream, 'close'), once(stream, 'error')]).catch(() => undefined);
      }
      demandSound();
      await rename(draft, path);
    },
    async discard() {
      stream.destroy();
      await rm(draft, { force: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
