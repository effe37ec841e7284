import type { Eventually, Lookup, RegisterOutcome, RevokeOutcome, Store } from './store.ts';

/** Told what a store does. It must not throw. */
export interface StoreObserver {
  /** A method took so long, in seconds. */
  took(method: string, seconds: number): void;
  registered(outcome: RegisterOutcome): void;
  revoked(outcome: RevokeOutcome): void;
}

/** One of so many look-ups is timed; timing each would cost a good part of what it takes. */
const timedLookups = 64;

/**
 * The same store, observed, with the warnings of this process beside those of the store. The methods are bound once, so that a look-up
 * costs one call more and nothing else.
 */
export function observedStore(
  store: Store,
  observer: StoreObserver,
  ownWarnings: () => readonly string[] = () => [],
): Store {
  let untimed = 0;
  const lookup = (tokenHash: Buffer): Eventually<Lookup> => {
    if (untimed++ < timedLookups) return store.lookup(tokenHash);
    untimed = 0;
    return timed('lookup', () => store.lookup(tokenHash));
  };
  function timed<Result>(method: string, run: () => Result): Result {
    const start = performance.now();
    const finish = (): void => observer.took(method, (performance.now() - start) / 1000);
    const result = run();
    // The result is handed on as it is; a failure is for whoever asked, and counts as time taken too.
    if (result instanceof Promise) result.then(finish, finish);
    else finish();
    return result;
  }
  return {
    description: store.description,
    attempts: store.attempts,
    lookup,
    versions: () => store.versions(),
    find: (id, now) => timed('find', () => store.find(id, now)),
    list: (query) => timed('list', () => store.list(query)),
    count: (query) => timed('count', () => store.count(query)),
    realms: () => timed('realms', () => store.realms()),
    histogram: (query) => timed('histogram', () => store.histogram(query)),
    suggest: (query) => timed('suggest', () => store.suggest(query)),
    words: (realm) => store.words(realm),
    summarise: (selector, now) => timed('summarise', () => store.summarise(selector, now)),
    survey: (query) => timed('survey', () => store.survey(query)),
    async register(command) {
      const outcome = await timed('register', () => store.register(command));
      observer.registered(outcome);
      return outcome;
    },
    update: (command) => timed('update', () => store.update(command)),
    touch: (touches, now) => timed('touch', () => store.touch(touches, now)),
    end: (command) => timed('end', () => store.end(command)),
    async revoke(command) {
      const outcome = await timed('revoke', () => store.revoke(command));
      observer.revoked(outcome);
      return outcome;
    },
    revocations: (query) => timed('revocations', () => store.revocations(query)),
    activeRevocations: (since) => store.activeRevocations(since),
    head: () => timed('head', () => store.head()),
    pulse: (query) => timed('pulse', () => store.pulse(query)),
    timeline: (query) => timed('timeline', () => store.timeline(query)),
    refusedUses: (query) => timed('refusedUses', () => store.refusedUses(query)),
    sweep: (now) => timed('sweep', () => store.sweep(now)),
    expire: (now) => timed('expire', () => store.expire(now)),
    purge: (ended, keys) => timed('purge', () => store.purge(ended, keys)),
    erase: (realm, accessGroup) => timed('erase', () => store.erase(realm, accessGroup)),
    statistics: (now) => timed('statistics', () => store.statistics(now)),
    records: (kind) => store.records(kind),
    record: (kind, id) => timed('record', () => store.record(kind, id)),
    recordPage: (query) => timed('recordPage', () => store.recordPage(query)),
    changeRecords: (change) => timed('changeRecords', () => store.changeRecords(change)),
    journal: (after, limit) => timed('journal', () => store.journal(after, limit)),
    addRefusals: (refusals) => timed('addRefusals', () => store.addRefusals(refusals)),
    refusals: (sessionNumber) => store.refusals(sessionNumber),
    refusedSince: (revocations) => timed('refusedSince', () => store.refusedSince(revocations)),
    noteNode: (name, body, forgetBefore) => store.noteNode(name, body, forgetBefore),
    warnings: async () => [...(await store.warnings()), ...ownWarnings()],
    backup: (path) => timed('backup', () => store.backup(path)),
    ping: () => timed('ping', () => store.ping()),
    close: () => store.close(),
  };
}
