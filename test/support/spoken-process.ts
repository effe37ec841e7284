import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Waits until a process has said some words. @throws Error with everything that it said when it ends before */
export function saying(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (text: Buffer) => {
      said += text.toString();
      if (said.includes(words)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', (code) =>
      reject(new Error(`it ended with ${code} before saying "${words}": ${said}`)),
    );
  });
}

/** Asks a process to end, and waits until it has; one that has ended is left alone. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
