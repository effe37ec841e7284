import { CurfewError, errorTable } from '../../core/errors.ts';

/** An error as Element's clients know it: a name for programs, a message for people. The code is 500 for all of them. */
export class ElementError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Parts of a request that an error repeats are cut to this length. */
const mostRepeated = 256;

/** A part of a request in a message. */
export function repeated(text: string): string {
  return text.length > mostRepeated ? `${text.slice(0, mostRepeated)}...` : text;
}

/** The error for anything thrown; `unexpected` says that the log should have it. */
export function elementErrorOf(thrown: unknown): { error: ElementError; unexpected: boolean } {
  if (thrown instanceof ElementError) return { error: thrown, unexpected: false };
  if (!(thrown instanceof CurfewError)) {
    const message = 'An unexpected error occurred; the log of the server has the details.';
    return { error: new ElementError(errorTable.internal.element, message), unexpected: true };
  }
  const { element: name, http } = errorTable[thrown.code];
  // Clients look for the name of this one in the message.
  const message = name === 'xPermissionDenied' ? `${name}: ${thrown.message}` : thrown.message;
  return { error: new ElementError(name, message), unexpected: http >= 500 };
}
