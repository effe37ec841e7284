import type { Entry } from 'ldapts';
import type { LockOut } from '../../access/lock-out.ts';
import type { Clock } from '../../core/clock.ts';
import { dnKey } from '../../core/distinguished-name.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Lock } from '../../session/attempts.ts';
import type { StoredSession } from '../../session/store.ts';
import { DefinedProvider } from '../defined-provider.ts';
import type { ProviderDefinition } from '../kind.ts';
import { type LockEvidence, noteLocks } from '../lock-notes.ts';
import { accessGroupsOf } from '../mapping.ts';
import type { PasswordAttempt, PasswordProvider, ProviderTest, SignedInUser } from '../provider.ts';
import { diagnose } from './diagnosis.ts';
import { Directory, type DirectoryUser } from './directory.ts';
import { dnOf, nameOf, textsOf } from './entry.ts';
import type { Group } from './groups.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { Servers } from './servers.ts';
import type { LdapSettings } from './settings.ts';

export interface LdapProviderOptions {
  readonly definition: ProviderDefinition<LdapSettings>;
  readonly servers: Servers;
  readonly pace: RefusalPace;
  /** Counts wrong passwords, so that nobody guesses on, nor has the directory lock accounts, through Curfew. */
  readonly lockOut: LockOut;
  readonly store: LockEvidence['store'];
  readonly clock: Clock;
  readonly log: Log;
}

/** No name or password is longer; whatever is typed beyond is not sent to the directory. */
const longestName = 256;
const longestPassword = 4096;
/** The longest attribute that a session keeps. */
const longestAttribute = 4096;

/** Sign-in by a directory: who can bind as an entry of it is the user of that entry. */
export class LdapProvider extends DefinedProvider<LdapSettings> implements PasswordProvider {
  readonly flow = 'password';
  readonly type = 'ldap';
  readonly #servers: Servers;
  readonly #directory: Directory;
  readonly #pace: RefusalPace;
  readonly #lockOut: LockOut;
  readonly #store: LockEvidence['store'];
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ definition, servers, pace, lockOut, store, clock, log }: LdapProviderOptions) {
    super(definition);
    this.#servers = servers;
    this.#directory = new Directory(definition.settings);
    this.#pace = pace;
    this.#lockOut = lockOut;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** @throws CurfewError `provider_unavailable`, `locked_out` */
  async verify({ username, password, ip }: PasswordAttempt): Promise<SignedInUser | undefined> {
    // An empty password would be a bind without a name, which servers say yes to (RFC 4513 section 5.1.2).
    if (password === '' || password.length > longestPassword || !isName(username)) return undefined;
    const attempt = await this.#lockOut.begin(accountOf(username), ip);
    let refusal: unknown;
    const user = await this.#pace.refuseLate(async () => {
      let proven: SignedInUser | undefined;
      try {
        proven = await this.#prove(username, password);
      } catch (error) {
        attempt.withdrawn();
        throw error;
      }
      // Counted before the pause, or whoever is right would be told before those that were wrong at the same instant are counted.
      try {
        if (proven === undefined) await this.#noteLocks(await attempt.failed(), ip);
        else await attempt.succeeded();
        return proven;
      } catch (error) {
        refusal = error;
        return undefined;
      }
    });
    if (refusal !== undefined) throw refusal;
    return user;
  }

  async #prove(username: string, password: string): Promise<SignedInUser | undefined> {
    try {
      const found = await this.#servers.ask((server) => this.#directory.prove(server, username, password));
      if (found === undefined) return undefined;
      const authTime = new Date(this.#clock.now()).toISOString();
      return this.#userOf(found, { amr: 'pwd', authTime });
    } catch (error) {
      if (!(error instanceof CurfewError) || error.code !== 'sign_in_refused') throw error;
      // Whoever tries to sign in is told as little of the directory as with a wrong password.
      this.#log.warn({ provider: this.name, reason: error.message }, 'a sign-in is refused');
      return undefined;
    }
  }

  /** Whether the directory knows the name that was typed is not known here, so it is left out. */
  #noteLocks(locks: readonly Lock[], ip: string | undefined): Promise<void> {
    for (const { scope, failures } of locks) {
      this.#log.warn({ provider: this.name, scope, failures }, 'sign-ins are locked for a while');
    }
    const { realm, name: provider } = this;
    return noteLocks(locks, { realm, provider, ip }, { store: this.#store, clock: this.#clock });
  }

  /** An entry that is gone, out of use, or no longer one that may sign in has no rights any more. */
  async read(session: StoredSession): Promise<SignedInUser | undefined> {
    if (session.provider.type !== this.type || session.provider.name !== this.name) return undefined;
    if (session.realm !== this.realm || !this.#directory.searchesByItself) return undefined;
    const { subject, username } = session;
    const names = new Set(Object.keys(this.settings.attributes));
    const others = Object.fromEntries(
      Object.entries(session.attributes).filter(([name]) => !names.has(name)),
    );
    try {
      const found = await this.#servers.ask((server) => this.#directory.read(server, subject, username));
      if (found !== undefined) return this.#userOf(found, others);
    } catch (error) {
      if (error instanceof CurfewError && error.code === 'provider_unavailable') return undefined;
      throw error;
    }
    return { username, subject, accessGroups: [], claims: {}, attributes: session.attributes };
  }

  test(): Promise<ProviderTest> {
    return diagnose(this.#servers, this.#directory, this.settings);
  }

  async close(): Promise<void> {
    this.#servers.close();
  }

  /** @throws CurfewError `sign_in_refused` when the entry has no name that could be a username */
  #userOf({ entry, groups }: DirectoryUser, attributes: Readonly<Record<string, string>>): SignedInUser {
    const { usernameAttribute } = this.settings;
    const username = nameOf(entry, usernameAttribute);
    if (username === undefined || !isName(username)) {
      throw new CurfewError(
        'sign_in_refused',
        `The entry of a user has no ${usernameAttribute} that could be a username; set usernameAttribute.`,
      );
    }
    const subject = dnOf(entry);
    return {
      username,
      subject,
      accessGroups: accessGroupsOf(this.#groupNames(groups), this.settings),
      claims: { dn: [subject], group: groups.map(({ dn }) => dn) },
      attributes: { ...attributes, ...attributesOf(entry, this.settings.attributes) },
    };
  }

  /** The groups as the mapping names them: by its own spelling of their distinguished name if it has one, else by name. */
  #groupNames(groups: readonly Group[]): string[] {
    const mapped = new Map(Object.keys(this.settings.groups).map((name) => [dnKey(name), name]));
    return groups.map(({ dn, name }) => mapped.get(dnKey(dn)) ?? name);
  }
}

/** Names with control characters or half a surrogate pair are nobody's, and must reach neither log nor store. */
function isName(text: string): boolean {
  return text.trim() !== '' && text.length <= longestName && !/[\p{Cc}\p{Cs}]/u.test(text);
}

/** One name for the ways of typing that a directory takes for the same. */
function accountOf(username: string): string {
  return username.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function attributesOf(entry: Entry, wanted: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, attribute]) => {
      const text = textsOf(entry, attribute).join(', ');
      return text === '' || text.length > longestAttribute ? [] : [[name, text]];
    }),
  );
}
