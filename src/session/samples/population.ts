import { newId } from '../../core/ids.ts';
import type { Selector } from '../selector.ts';
import type { Provider } from '../session.ts';
import type { NewSession, Refusal } from '../store.ts';
import { apps, departments, firstNames, lastNames, providers, userAgents } from './people.ts';

/** The only realm that samples live in. */
export const sampleRealm = 'sample';
/** The access group that every sample bears, and by which it is known. It means nothing to Curfew. */
export const sampleGroup = 'sample';

/** One invented session, and what became of it. */
export interface SampleSession {
  readonly session: Omit<NewSession, 'epoch'>;
  /** When its user left. */
  readonly loggedOutAt?: number;
  /** Its sign-in ends the one before of the same user. */
  readonly displaces?: true;
  /** Refused uses after its end. */
  readonly refusals?: readonly Omit<Refusal, 'number'>[];
}

/** An invented incident: a cut within the realm of the samples. */
export interface SampleCut {
  readonly selector: Selector;
  readonly reason: string;
}

export interface SamplePopulation {
  /** To be registered before the cuts, which end some of them. */
  readonly before: readonly SampleSession[];
  readonly cuts: readonly SampleCut[];
  /** To be registered after them. */
  readonly after: readonly SampleSession[];
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const lifespan = 7 * day;

/**
 * Some thousand invented sessions of the days before an instant: the same people, apps and addresses each time. Cuts have no
 * invented instants, for the ledger tells when something was ordered, and nothing else.
 */
export function samplePopulation(now: number): SamplePopulation {
  const random = generator(20_260_101);
  const maker = new Maker(now, random);
  return {
    before: maker.incidents(),
    cuts: cutsOf(now),
    after: [
      ...maker.living(2400),
      ...maker.left(640),
      ...maker.idle(260),
      ...maker.expired(140),
      ...maker.displaced(60),
    ],
  };
}

const thief = 'victor.marsh';
const contractors: Provider = { type: 'oidc', name: 'contractors' };
const attackers = '203.0.113.64/27';
const oldApp = 'legacy-portal';

function cutsOf(now: number): SampleCut[] {
  const realm = sampleRealm;
  return [
    { selector: { realm, username: thief }, reason: 'Sample: laptop stolen on a train' },
    {
      selector: { realm, provider: contractors },
      reason: "Sample: the contractors' identity provider was breached",
    },
    { selector: { realm, ip: attackers }, reason: 'Sample: sign-ins from a network of attackers' },
    {
      selector: { realm, app: oldApp, createdTo: new Date(now).toISOString() },
      reason: 'Sample: the old portal was switched off',
    },
  ];
}

class Maker {
  readonly #now: number;
  readonly #random: Random;
  readonly #people: readonly string[];

  constructor(now: number, random: Random) {
    this.#now = now;
    this.#random = random;
    // Every pair once, in an order that mixes them.
    this.#people = Array.from({ length: 900 }, (_, index) => {
      const first = firstNames[(index * 7) % firstNames.length];
      return `${first}.${lastNames[(index * 11 + Math.floor(index / 64)) % lastNames.length]}`;
    });
  }

  /** Sessions that the cuts end, tried again since. */
  incidents(): SampleSession[] {
    const { between } = this.#random;
    const many = (count: number, changes: () => Partial<NewSession>, tries: number): SampleSession[] =>
      Array.from({ length: count }, (_, index) => {
        const session = { ...this.#living(), ...changes() };
        const ip = session.client.ip ?? '';
        // The cut is made now, so nobody can have tried for long.
        const refusals =
          index < tries ? [{ ip, count: between(1, 3), firstAt: this.#now, lastAt: this.#now }] : [];
        return { session, refusals };
      });
    const person = (username: string) => () => ({ username, subject: subjectOf('saml', username) });
    return [
      ...many(3, person(thief), 2),
      ...many(90, () => ({ provider: contractors, accessGroups: groups('contractors') }), 12),
      ...many(
        45,
        () => ({ client: { ip: `203.0.113.${between(64, 95)}`, userAgent: 'python-requests/2.32.5' } }),
        30,
      ),
      ...many(60, () => ({ app: oldApp }), 0),
    ];
  }

  living(count: number): SampleSession[] {
    return Array.from({ length: count }, () => ({ session: this.#living() }));
  }

  left(count: number): SampleSession[] {
    const { between } = this.#random;
    return Array.from({ length: count }, (_, index) => {
      const createdAt = this.#signInAt(5.5 * day);
      const stay = Math.min(between(minute, 8 * hour), this.#now - createdAt);
      const loggedOutAt = createdAt + stay;
      const session = this.#session({
        createdAt,
        lastAccessAt: createdAt + Math.floor(stay * 0.9),
        idleTimeoutMs: day,
      });
      const ip = session.client.ip ?? '';
      // Whatever still tries has done so until lately, a script or a tab that was left open.
      const firstAt = between(loggedOutAt, Math.floor((loggedOutAt + this.#now) / 2));
      const lastAt = between(Math.max(firstAt, this.#now - 6 * hour), this.#now);
      const refusals = [{ ip, count: between(4, 60), firstAt, lastAt }];
      return { session, loggedOutAt, ...(index % 16 === 0 ? { refusals } : {}) };
    });
  }

  idle(count: number): SampleSession[] {
    const { between } = this.#random;
    return Array.from({ length: count }, () => {
      const createdAt = this.#signInAt(5.5 * day, 2 * hour);
      const lastAccessAt = Math.min(createdAt + between(minute, 5 * hour), this.#now - 31 * minute);
      return { session: this.#session({ createdAt, lastAccessAt, idleTimeoutMs: 30 * minute }) };
    });
  }

  expired(count: number): SampleSession[] {
    const { between } = this.#random;
    return Array.from({ length: count }, () => {
      const createdAt = this.#signInAt(5.5 * day, 13 * hour);
      const expiresAt = createdAt + 12 * hour;
      const lastAccessAt = expiresAt - between(minute, hour);
      return { session: this.#session({ createdAt, lastAccessAt, idleTimeoutMs: 4 * hour, expiresAt }) };
    });
  }

  /** Dealers may be signed in once: each sign-in ends the one before. */
  displaced(users: number): SampleSession[] {
    const { between } = this.#random;
    return Array.from({ length: users }, (_, index) => {
      const username = `dealer.${String(index + 1).padStart(2, '0')}`;
      const own = { username, subject: subjectOf('saml', username), app: 'dealing-room', idleTimeoutMs: day };
      const first = this.#now - between(10 * hour, 2 * day);
      const second = between(first + hour, first + 9 * hour);
      return [
        { session: this.#session({ ...own, createdAt: first, lastAccessAt: second - minute }) },
        {
          session: this.#session({ ...own, createdAt: second, lastAccessAt: this.#now - minute }),
          displaces: true as const,
        },
      ];
    }).flat();
  }

  #living(): SampleSession['session'] {
    const { between, pick } = this.#random;
    const createdAt = this.#signInAt(between(0, 9) < 7 ? 14 * hour : 5.5 * day);
    const app = pick(apps);
    const idleTimeoutMs = app.idleHours === null ? null : app.idleHours * hour;
    const rest = Math.min(this.#now - createdAt, (idleTimeoutMs ?? day) * 0.6);
    // Most were used within the last minutes.
    const lastAccessAt = this.#now - Math.floor(rest * (between(0, 1000) / 1000) ** 4);
    return this.#session({ createdAt, lastAccessAt, idleTimeoutMs, app: app.name });
  }

  /** An instant within the time before now, by day rather than by night. */
  #signInAt(longestAgo: number, leastAgo = 0): number {
    const { between } = this.#random;
    for (let attempt = 0; ; attempt++) {
      const at = this.#now - between(leastAgo, longestAgo);
      const hours = new Date(at).getUTCHours();
      const weight = hours >= 7 && hours < 18 ? 10 : hours >= 5 && hours < 22 ? 5 : 1;
      if (attempt === 4 || between(1, 10) <= weight) return at;
    }
  }

  #session(changes: Partial<NewSession> & Pick<NewSession, 'createdAt'>): SampleSession['session'] {
    const { between, pick, any } = this.#random;
    const { network, group, type, name } = pick(providers);
    const username = any(this.#people);
    const ip = network.endsWith(':')
      ? `${network}${between(0, 99)}::${between(1, 9999)}`
      : `${network}${between(1, 254)}`;
    return {
      id: newId(),
      realm: sampleRealm,
      username,
      subject: subjectOf(type, username),
      provider: { type, name },
      accessGroups: groups(group),
      adminIds: [],
      attributes: { sample: 'invented', department: any(departments) },
      client: { ip, userAgent: pick(userAgents).text },
      app: pick(apps).name,
      lastAccessAt: changes.createdAt,
      idleTimeoutMs: day,
      expiresAt: changes.createdAt + lifespan,
      providerConfigVersion: 0,
      ...changes,
    };
  }
}

function groups(group: string): string[] {
  return [sampleGroup, group].sort();
}

function subjectOf(type: string, username: string): string {
  if (type === 'ldap') return `uid=${username},ou=people,dc=sample,dc=example`;
  return type === 'basic' ? username : `${username}@sample.example`;
}

interface Random {
  /** A whole number from `from` to `to`. */
  readonly between: (from: number, to: number) => number;
  readonly any: <T>(list: readonly T[]) => T;
  /** One of a list, by the weights of its members. */
  readonly pick: <T extends { readonly weight: number }>(list: readonly T[]) => T;
}

/** The same row of numbers for the same seed: Marsaglia's xorshift of 32 bits. */
function generator(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => Math.floor(from + next() * (to - from + 1));
  return {
    between,
    any: <T>(list: readonly T[]) => list[between(0, list.length - 1)] as T,
    pick: <T extends { readonly weight: number }>(list: readonly T[]) => {
      let left = next() * list.reduce((sum, { weight }) => sum + weight, 0);
      for (const one of list) {
        left -= one.weight;
        if (left < 0) return one;
      }
      return list.at(-1) as T;
    },
  };
}
