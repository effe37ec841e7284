import type { Client } from '../client/client.ts';
import type { Inputs } from '../client/operations.ts';
import { CurfewError, type ErrorCode } from '../core/errors.ts';

/** One line of a file to be imported. */
export interface Line {
  readonly number: number;
  readonly session: unknown;
}

/** A line that was refused, and why. */
export interface RefusedLine {
  readonly line: number;
  readonly reason: string;
}

/** What became of the lines of a batch. */
export interface BatchResult {
  imported: number;
  /** By reason: `exists`, `ended`, `expired`, `revoked`, `limit_reached`. */
  skipped: Record<string, number>;
  refused: RefusedLine[];
}

/** Refusals that are about a line; others, such as a missing right, would be the same for all. */
const aboutLines: ReadonlySet<ErrorCode> = new Set([
  'invalid_input',
  'realm_unknown',
  'forbidden',
  'too_large',
  'conflict',
]);

/**
 * Imports a batch. The server takes a batch as a whole or not at all, so the lines that it finds wrong are taken out and the
 * rest is sent again: one wrong line costs that line only.
 * @throws CurfewError when the server refuses for a reason that is not one of the lines
 */
export async function importBatch(client: Client, lines: readonly Line[]): Promise<BatchResult> {
  if (lines.length === 0) return { imported: 0, skipped: {}, refused: [] };
  try {
    const sessions = lines.map(({ session }) => session) as Inputs['sessions.import']['sessions'];
    const { imported, skipped } = await client.sessions.import({ sessions });
    const counts: Record<string, number> = {};
    for (const { reason } of skipped) counts[reason] = (counts[reason] ?? 0) + 1;
    return { imported, skipped: counts, refused: [] };
  } catch (error) {
    if (!(error instanceof CurfewError) || !aboutLines.has(error.code)) throw error;
    if (error.details.facts?.permission !== undefined) throw error;
    const wrong = reasonsByIndex(error);
    if (wrong.size > 0) return withoutWrong(client, lines, wrong);
    if (lines.length === 1) {
      const [line] = lines as [Line];
      return { imported: 0, skipped: {}, refused: [{ line: line.number, reason: plain(error.message) }] };
    }
    const middle = lines.length >> 1;
    return joined(
      await importBatch(client, lines.slice(0, middle)),
      await importBatch(client, lines.slice(middle)),
    );
  }
}

async function withoutWrong(
  client: Client,
  lines: readonly Line[],
  wrong: ReadonlyMap<number, string>,
): Promise<BatchResult> {
  const refused = lines.flatMap(({ number }, index) => {
    const reason = wrong.get(index);
    return reason === undefined ? [] : [{ line: number, reason }];
  });
  const rest = await importBatch(
    client,
    lines.filter((_line, index) => !wrong.has(index)),
  );
  return joined({ imported: 0, skipped: {}, refused }, rest);
}

/** What is wrong with which line, from faults such as `sessions.3.username`. */
function reasonsByIndex({ details }: CurfewError): Map<number, string> {
  const reasons = new Map<number, string>();
  for (const { path, message } of details.faults ?? []) {
    const [, index, rest = ''] = /^sessions\.(\d+)(?:\.(.*))?$/.exec(path) ?? [];
    if (index === undefined) continue;
    const reason = rest === '' ? message : `${rest}: ${message}`;
    const former = reasons.get(Number(index));
    reasons.set(Number(index), former === undefined ? reason : `${former}; ${reason}`);
  }
  return reasons;
}

/** The message without the place in the request, which says nothing to the reader of a file. */
function plain(message: string): string {
  return message.replace(/\bsessions\.\d+\./g, '');
}

/** The sum of two results. */
export function joined(one: BatchResult, other: BatchResult): BatchResult {
  const skipped = { ...one.skipped };
  for (const [reason, count] of Object.entries(other.skipped))
    skipped[reason] = (skipped[reason] ?? 0) + count;
  return {
    imported: one.imported + other.imported,
    skipped,
    refused: [...one.refused, ...other.refused].sort((a, b) => a.line - b.line),
  };
}
