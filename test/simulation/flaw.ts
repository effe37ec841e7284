/** Mistakes that a design could make, one at a time. The simulation must find each. */
export const flaws = [
  'a node answers without catching up',
  'revocations are numbered before the lock',
  'a cut is acknowledged before its commit',
  'the standby is asynchronous',
  'the old primary goes on answering',
  'a node keeps what the primary has lost',
  'an access writes the whole row',
  'a sweep ends after its first slice',
  'a sweep passes over the epoch',
  'a registration takes no lock',
  'a registration takes the epoch of its end',
  'a sign-in takes the epoch of a node that is behind',
  'sessions are counted without a lock',
] as const;

export type Flaw = (typeof flaws)[number];
