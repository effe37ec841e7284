import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, (() => unknown)[]>();

/** Undoes something when the test ends, the latest first: a server stops before its folder goes. */
export function atEnd(t: TestContext, undo: () => unknown): void {
  const known = stacks.get(t);
  if (known !== undefined) {
    known.push(undo);
    return;
  }
  const stack = [undo];
  stacks.set(t, stack);
  t.after(async () => {
    for (const one of stack.reverse()) await one();
  });
}
