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

/** The same of cuts by last access. */
export const accessFlaws = [
  'a node says that it has written before it has',
  'orders at one node share a call under way',
  'a node that was not heard is not named',
  'an access that is written late keeps its instant',
  'an access overwrites a later one',
  'a cut ends its range with the order',
] as const;

export type Flaw = (typeof flaws)[number] | (typeof accessFlaws)[number];
