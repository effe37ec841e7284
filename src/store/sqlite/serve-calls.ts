import { type MessagePort, parentPort } from 'node:worker_threads';
import { CurfewError, toCurfewError } from '../../core/errors.ts';
import type { AnswerMessage, CallMessage, ThrownData } from './calls.ts';

/** The far side's port; a module that serves calls is only ever run as a thread. */
export function threadPort(): MessagePort {
  if (parentPort === null) throw new Error('this module runs as a thread only');
  return parentPort;
}

/** Tells the near side that the connection is open, or why not. */
export async function announce(open: () => Promise<void>): Promise<boolean> {
  const port = threadPort();
  try {
    await open();
    port.postMessage({ id: 0, result: null } satisfies AnswerMessage);
    return true;
  } catch (error) {
    port.postMessage({ id: 0, error: thrownData(error) } satisfies AnswerMessage);
    return false;
  }
}

/** Whether a message asks the thread to end. */
export function isClose(message: unknown): message is 'close' {
  return message === 'close';
}

/** Carries out one call with a table of functions. */
export function answer(handlers: object, { id, name, args }: CallMessage): AnswerMessage {
  try {
    const handler = (handlers as Record<string, (...args: readonly unknown[]) => unknown>)[name];
    if (handler === undefined) throw new Error(`no call ${name}`);
    return { id, result: handler(...args) };
  } catch (error) {
    return { id, error: thrownData(error) };
  }
}

/** An error as plain data. The stack of an error of ours says nothing new, so only unexpected ones keep theirs. */
export function thrownData(error: unknown): ThrownData {
  const { code, message, details } = toCurfewError(error);
  const stack = error instanceof Error && !(error instanceof CurfewError) ? error.stack : undefined;
  return { code, message, details, stack };
}
