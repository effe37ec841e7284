import { CurfewError } from '../../core/errors.ts';
import { mayReach } from '../../operations/border.ts';
import { listRealms } from '../../operations/realms.ts';
import type { Calls } from './calls.ts';

/** A replica set, and the realm it stands for. */
export interface ReplicaSet {
  readonly name: string;
  readonly realm: string;
}

/**
 * Replica sets: one for each realm, named like it unless the configuration says otherwise, so that scripts keep the
 * names they know.
 */
export class ReplicaSets {
  readonly #realm: string;
  readonly #realmBySet = new Map<string, string>();
  readonly #setByRealm = new Map<string, string>();

  /** @param named entries of the configuration such as `set=realm`; `realm` is that of the face */
  constructor(realm: string, named: readonly string[]) {
    this.#realm = realm;
    for (const entry of named) {
      const equals = entry.indexOf('=');
      const [set, of] = [entry.slice(0, equals), entry.slice(equals + 1)];
      if (this.#realmBySet.has(set) || this.#setByRealm.has(of)) {
        throw new CurfewError(
          'config_invalid',
          `faces.ibm.replicaSets: ${entry} names a replica set or a realm that another entry names already.`,
        );
      }
      this.#realmBySet.set(set, of);
      this.#setByRealm.set(of, set);
    }
  }

  /** The replica sets of the realms that the caller may reach. */
  async list({ run, caller }: Calls): Promise<ReplicaSet[]> {
    const { realms } = await run(listRealms, {});
    const known = new Set(realms);
    // These exist even before their first session.
    for (const realm of [this.#realm, ...this.#setByRealm.keys()]) {
      if (caller !== undefined && mayReach(caller, realm)) known.add(realm);
    }
    return [...known]
      .sort()
      .map((realm) => ({ name: this.#setByRealm.get(realm) ?? realm, realm }))
      .filter(({ name, realm }) => (this.#realmBySet.get(name) ?? name) === realm);
  }

  /** @throws CurfewError `realm_unknown` when there is none of this name within the caller's reach */
  async named(calls: Calls, name: string): Promise<ReplicaSet> {
    const sets = await this.list(calls);
    const found = sets.find((set) => set.name === name);
    if (found !== undefined) return found;
    throw new CurfewError(
      'realm_unknown',
      `There is no replica set ${JSON.stringify(name)} within your reach; there are ${namesOf(sets.map((set) => set.name))}.`,
    );
  }

  /** @throws CurfewError `realm_unknown` when there is no such realm within the caller's reach */
  async ofRealm(calls: Calls, realm: string): Promise<ReplicaSet> {
    const sets = await this.list(calls);
    const found = sets.find((set) => set.realm === realm);
    if (found !== undefined) return found;
    throw new CurfewError(
      'realm_unknown',
      `There is no realm ${JSON.stringify(realm)} within your reach; there are ${namesOf(sets.map((set) => set.realm))}.`,
    );
  }
}

const mostNames = 20;

function namesOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, mostNames).map((name) => JSON.stringify(name));
  return names.length > mostNames
    ? `${shown.join(', ')} and ${names.length - mostNames} more`
    : shown.join(', ');
}
