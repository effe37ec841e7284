import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import { CurfewError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { importBatch, type Line, type RefusedLine } from '../import-batch.ts';
import { act, type Invocation } from '../invocation.ts';
import { printObject, say, warn } from '../output.ts';
import { progressOn } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

const batchSize = 500;
/** Of the refused lines, as many are kept for the result of --json; all are told as they come. */
const mostKept = 1000;
const longestLine = 1_000_000;

interface Tally {
  read: number;
  imported: number;
  skipped: Record<string, number>;
  refused: number;
  refusedLines: RefusedLine[];
}

/** `curfew import`: sessions from NDJSON. */
export function addImport(program: Command, terminal: Terminal): void {
  const command = program
    .command('import')
    .description('register sessions made elsewhere or exported earlier, one JSON object a line')
    .argument('[file]', 'where from; standard input without it, or for -')
    .addHelpText(
      'after',
      `
A line is a session as "curfew export" writes it; needed are username, provider and createdAt. With tokenHash, the
SHA-256 of its token in hexadecimal, the holder of the token stays signed in. Lines with an id that is there already are
skipped, so an import that broke off is simply started again. What a revocation has ended stays ended.

Examples:
  curfew import sessions.ndjson
  zcat shop.ndjson.gz | curfew import
`,
    );
  act(command, terminal, importSessions);
}

async function importSessions(invocation: Invocation, file?: string): Promise<void> {
  const { terminal } = invocation;
  const client = await invocation.client();
  const tally: Tally = { read: 0, imported: 0, skipped: {}, refused: 0, refusedLines: [] };
  const progress = progressOn(terminal, (done) => `${done} lines read, ${tally.imported} sessions imported`);
  let lines: Line[] = [];
  let number = 0;
  const input = file === undefined || file === '-' ? terminal.stdin : createReadStream(file);
  for await (const text of linesOf(input, file)) {
    terminal.interrupted.throwIfAborted();
    number++;
    if (text.trim() === '') continue;
    tally.read++;
    const session = parse(text);
    if (session === undefined)
      await refuse(terminal, tally, [{ line: number, reason: 'is not a JSON object' }]);
    else lines.push({ number, session });
    if (lines.length >= batchSize) {
      await send(client, terminal, tally, lines);
      lines = [];
    }
    progress.at(number);
  }
  await send(client, terminal, tally, lines);
  progress.end();
  await printObject(invocation, tally, () => textOf(tally));
  if (tally.skipped.revoked)
    await warn(
      terminal,
      `${tally.skipped.revoked} sessions were ended by a revocation after they were made, and stay ended.`,
    );
  if (tally.refused > 0)
    throw new CurfewError(
      'invalid_input',
      `${tally.refused} of ${tally.read} lines were refused; correct them and import the file again, what is there already is skipped.`,
    );
}

async function send(client: Client, terminal: Terminal, tally: Tally, lines: readonly Line[]): Promise<void> {
  const { imported, skipped, refused } = await importBatch(client, lines);
  tally.imported += imported;
  for (const [reason, count] of Object.entries(skipped))
    tally.skipped[reason] = (tally.skipped[reason] ?? 0) + count;
  await refuse(terminal, tally, refused);
}

async function refuse(terminal: Terminal, tally: Tally, refused: readonly RefusedLine[]): Promise<void> {
  tally.refused += refused.length;
  for (const line of refused) {
    if (tally.refusedLines.length < mostKept) tally.refusedLines.push(line);
    await say(terminal, `line ${line.line}: ${visible(line.reason)}`);
  }
}

/** The lines of a stream, as they come. */
async function* linesOf(input: Readable, file: string | undefined): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      if (rest.length > longestLine)
        throw new CurfewError(
          'too_large',
          'A line is longer than a million characters; the input is not NDJSON.',
        );
      yield* lines;
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw new CurfewError('invalid_input', `The file ${file ?? '-'} cannot be read: ${error.message}.`);
    throw error;
  }
  if (rest !== '') yield rest;
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf({ read, imported, skipped, refused }: Tally): string {
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`);
  const skips = left.length === 0 ? '' : `, skipped ${left.join(', ')}`;
  return `Read ${read} lines: imported ${imported}${skips}, refused ${refused}.\n`;
}
