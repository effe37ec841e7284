/** Where the time comes from. Tests inject their own; nothing else calls `Date.now`. */
export interface Clock {
  /** The present instant in milliseconds since 1970, never smaller than an answer given before. */
  now(): number;
}

/**
 * The clock of the machine, held back from going backwards within this process: a session that has idled out stays
 * so when somebody sets the clock back.
 */
export function systemClock(read: () => number = Date.now): Clock {
  let latest = 0;
  return {
    now() {
      const now = read();
      if (now > latest) latest = now;
      return latest;
    },
  };
}
