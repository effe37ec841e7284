import type { StoredSession } from '../session/store.ts';
import type { Administrator } from './administrator.ts';

/** What a source says of a session's user now; a field that is absent stays as it is. */
export interface Credential {
  readonly accessGroups?: readonly string[];
  readonly adminIds?: readonly number[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Somewhere that the credential of a session's user can be read anew. */
export interface CredentialSource {
  /** For people: where it was read. */
  readonly name: string;
  /** Undefined when the source does not know the session's user. */
  read(session: StoredSession): Promise<Credential | undefined>;
}

/** A credential that was read anew, and where. */
export interface ReadCredential {
  readonly source: string;
  readonly credential: Credential;
}

/** The sources by which credentials are read anew; the first that knows the user answers. */
export class Credentials {
  readonly #sources: CredentialSource[] = [];

  /** Adds a source, such as a sign-in provider. It is asked before those added earlier. */
  add(source: CredentialSource): void {
    this.#sources.unshift(source);
  }

  /** Reads the credential of a session's user anew; undefined when no source knows the user. */
  async read(session: StoredSession): Promise<ReadCredential | undefined> {
    for (const source of this.#sources) {
      const credential = await source.read(session);
      if (credential !== undefined) return { source: source.name, credential };
    }
    return undefined;
  }
}

/**
 * The source of sessions that are bound to administrators: the access groups that their records hold now. A record
 * that was removed, or bound to another realm, is bound no more.
 */
export function administratorSource(recordOf: (id: number) => Administrator | undefined): CredentialSource {
  return {
    name: 'the administrators of Curfew',
    async read({ adminIds, realm }) {
      if (adminIds.length === 0) return undefined;
      const records = adminIds
        .map(recordOf)
        .filter((record) => record !== undefined)
        .filter((record) => record.realm === null || record.realm === realm);
      return {
        adminIds: records.map(({ id }) => id),
        accessGroups: [...new Set(records.flatMap(({ accessGroups }) => accessGroups))].sort(),
      };
    },
  };
}
