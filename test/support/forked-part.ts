import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const isSource = import.meta.url.endsWith('.ts');
const loader = isSource
  ? ['--import', fileURLToPath(new URL('../../scripts/from-source.mjs', import.meta.url))]
  : [];

/** A server of the tests in a process of its own, which ends with the test. */
export interface ForkedPart<Ready> {
  /** What the part told when it was ready. */
  readonly ready: Ready;
  readonly pid: number;
  /** Sends something and waits for the answer. */
  ask(message: object): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts `test/support/NAME` as a process and hands it its options, as the first message. It answers every message with
 * one of its own, the first when it is ready.
 */
export async function startForkedPart<Ready>(
  t: Pick<TestContext, 'after'>,
  name: string,
  options: object,
): Promise<ForkedPart<Ready>> {
  const file = fileURLToPath(new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const child = fork(file, { execArgv: loader, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const errors: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const ended = once(child, 'exit');
  let asked: Promise<unknown> = Promise.resolve();
  const ask = (message: object): Promise<unknown> => {
    const answer = asked.then(async () => {
      child.send(message);
      const [told] = await Promise.race([
        once(child, 'message'),
        ended.then(() => {
          throw new Error(`${name} has ended: ${errors.join('')}`);
        }),
      ]);
      return told as unknown;
    });
    asked = answer.catch(() => undefined);
    return answer;
  };
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  };
  t.after(stop);
  return { ready: (await ask(options)) as Ready, pid: child.pid as number, ask, stop };
}

/** The other side: answers each message of the test with what the function gives. */
export function answerTest(answer: (message: never, count: number) => Promise<object>): void {
  let count = 0;
  process.on('message', (message) => {
    answer(message as never, count++).then(
      (told) => process.send?.(told),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  // A test that was killed leaves nothing behind.
  process.on('disconnect', () => process.exit(0));
}
