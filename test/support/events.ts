import type { TestContext } from 'node:test';
import { type FollowOptions, followEvents, type ServerEvent } from '../../src/client/events.ts';
import { CurfewError } from '../../src/core/errors.ts';

type Of<Type extends ServerEvent['type']> = Extract<ServerEvent, { type: Type }>;

/** Somebody who follows the events of a server. */
export interface Follower {
  /** Everything that was told so far. */
  readonly events: readonly ServerEvent[];
  /** The first event of a type, told or yet to come, that fulfils a condition. */
  until<Type extends ServerEvent['type']>(
    type: Type,
    condition?: (data: Of<Type>['data']) => boolean,
  ): Promise<Of<Type>>;
  /** The data of all events of a type that were told so far. */
  all<Type extends ServerEvent['type']>(type: Type): Of<Type>['data'][];
  /** Why it ended, or undefined when it was stopped. */
  readonly end: Promise<CurfewError | undefined>;
  stop(): Promise<void>;
}

/** Follows from now on, until the test ends. It connects anew without a pause, unless `once`. */
export function follow(
  t: TestContext,
  options: Omit<FollowOptions, 'onEvent' | 'signal'> & { readonly once?: boolean },
): Follower {
  const events: ServerEvent[] = [];
  const stopped = new AbortController();
  const waiting = new Set<() => void>();
  const end = followEvents({
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    ...options,
    signal: stopped.signal,
    onEvent(event) {
      events.push(event);
      for (const look of [...waiting]) look();
    },
    onState(state, reason) {
      options.onState?.(state, reason);
      if (state === 'lost' && options.once === true) stopped.abort();
    },
  }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof CurfewError) return error;
      throw error;
    },
  );
  const stop = async (): Promise<void> => {
    stopped.abort();
    await end;
  };
  t.after(stop);
  return {
    events,
    end,
    stop,
    until(type, condition = () => true) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find((event) => event.type === type && condition(event.data as never));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found as Of<typeof type>);
        };
        waiting.add(look);
        look();
        end.then(
          () => reject(new Error(`the stream ended before ${type}: ${JSON.stringify(events)}`)),
          reject,
        );
      });
    },
    all: (type) => events.flatMap((event) => (event.type === type ? [event.data as never] : [])),
  };
}
