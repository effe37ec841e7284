/** What came of doing one thing again and again, several at once. */
export interface Pace {
  readonly perSecond: number;
  /** Milliseconds that each took. */
  readonly latencies: readonly number[];
}

/** Does one thing again and again, so many at once, for some milliseconds. @throws what the first that failed throws */
export async function paceOf(
  one: (worker: number) => Promise<unknown>,
  { together, ms }: { together: number; ms: number },
): Promise<Pace> {
  const latencies: number[] = [];
  const start = performance.now();
  let isOver = false;
  const work = async (worker: number): Promise<void> => {
    for (let begun = start; begun - start < ms && !isOver; begun = performance.now()) {
      await one(worker).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: together }, (_, worker) => work(worker)));
  return { perSecond: (latencies.length * 1000) / (performance.now() - start), latencies };
}
