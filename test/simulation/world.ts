import { ManualClock } from '../support/manual-clock.ts';

/** Something that may happen next: a message arrives, a transaction goes on, a machine fails. */
interface PendingEvent {
  readonly label: string;
  readonly isReady: () => boolean;
  readonly run: () => void;
  /** It happens also before it is ready when nothing else is left to happen. */
  readonly isPatient: boolean;
}

/** Beyond this many events a history is taken to run in circles. */
const mostEvents = 20_000;

/**
 * The scheduler of a simulation. Everything that could happen next waits here, and the choices of the history say what
 * does. A choice of 0 takes the event that has waited longest, as does every choice after the last one: so a history
 * with fewer and smaller choices is a plainer one, and fast-check shrinks towards it. (Its own scheduler keeps its
 * choices to itself, and cannot make them smaller.)
 */
export class World {
  readonly clock = new ManualClock();
  /** What happened, in order. */
  readonly history: string[] = [];
  readonly #choices: readonly number[];
  #taken = 0;
  #failure: { error: unknown } | undefined;
  #pending: PendingEvent[] = [];

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** How many events have happened: the time that everybody shares, which no node can see. */
  get time(): number {
    return this.history.length;
  }

  /** Lets something happen at any time from now on at which it is ready. */
  post(label: string, run: () => void, isReady: () => boolean = () => true): void {
    this.#pending.push({ label, run, isReady, isPatient: false });
  }

  /** Lets something happen when so many more events have happened, or when there are no more. */
  postLater(label: string, events: number, run: () => void): void {
    const from = this.time + events;
    this.#pending.push({ label, run, isReady: () => this.time >= from, isPatient: true });
  }

  /** A value from 0 up to and without `below`, from the choices of the history. */
  choose(below: number): number {
    const choice = this.#choices[this.#taken++] ?? 0;
    return choice % below;
  }

  /** Lets everything happen, in plain order, as the time before the history. */
  async settle(): Promise<void> {
    await this.#run(() => 0);
    this.history.length = 0;
  }

  /** Lets everything happen until nothing is ready any more. */
  run(): Promise<void> {
    return this.#run((below) => this.choose(below));
  }

  async #run(choose: (below: number) => number): Promise<void> {
    for (;;) {
      // Everything that follows from the last event without another message happens at once.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#failure !== undefined) throw this.#failure.error;
      const ready = this.#pending.filter((event) => event.isReady());
      const event =
        ready[ready.length < 2 ? 0 : choose(ready.length)] ??
        this.#pending.find(({ isPatient }) => isPatient);
      if (event === undefined) return;
      if (this.time >= mostEvents) throw new Error('the history does not come to an end');
      this.#pending = this.#pending.filter((other) => other !== event);
      this.history.push(event.label);
      this.clock.advance(1);
      event.run();
    }
  }

  /** A fault of the simulation itself: the history ends here. */
  fail(error: unknown): void {
    this.#failure = { error };
  }

  /** What waits for something that has not come. */
  get stuck(): readonly string[] {
    return this.#pending.map(({ label }) => label);
  }
}
