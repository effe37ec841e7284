import * as clack from '@clack/prompts';
import { CurfewError } from '../core/errors.ts';
import type { Terminal } from './terminal.ts';

/** Thrown when a person answers no or presses Ctrl-C at a question: nothing was done, and that is no error of the program. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

// Questions go to standard error, so that standard output holds the result alone.
function streams({ stdin, stderr, interrupted }: Terminal) {
  return { input: stdin, output: stderr, signal: interrupted, withGuide: false };
}

/**
 * Asks whether to go on.
 * @throws Declined on anything but yes
 * @throws CurfewError `invalid_input` where nobody can be asked; `refusal` says what to do then
 */
export async function confirm(terminal: Terminal, question: string, refusal: string): Promise<void> {
  demandPerson(terminal, refusal);
  const answer = await clack.confirm({ message: question, initialValue: false, ...streams(terminal) });
  if (answer !== true) throw new Declined('Nothing was changed.');
}

/** Asks for a line of text that is not empty. @throws as `confirm` */
export async function askText(terminal: Terminal, question: string, refusal: string): Promise<string> {
  demandPerson(terminal, refusal);
  const answer = await clack.text({ message: question, validate: demandText, ...streams(terminal) });
  return answered(answer);
}

/** Asks for a secret without showing it. @throws as `confirm` */
export async function askSecret(terminal: Terminal, question: string, refusal: string): Promise<string> {
  demandPerson(terminal, refusal);
  const answer = await clack.password({ message: question, validate: demandText, ...streams(terminal) });
  return answered(answer);
}

/** Asks for a new password twice. @throws as `confirm`, and CurfewError `invalid_input` when the two differ */
export async function askNewPassword(terminal: Terminal, whose: string, refusal: string): Promise<string> {
  const first = await askSecret(terminal, `New password for ${whose}`, refusal);
  const second = await askSecret(terminal, 'The same once more', refusal);
  if (first !== second)
    throw new CurfewError('invalid_input', 'The two passwords differ; nothing was changed.');
  return first;
}

function demandPerson({ interactive }: Terminal, refusal: string): void {
  if (!interactive) throw new CurfewError('invalid_input', refusal);
}

function demandText(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? 'An answer is needed.' : undefined;
}

function answered(answer: string | symbol): string {
  if (typeof answer !== 'string') throw new Declined('Nothing was changed.');
  return answer;
}
