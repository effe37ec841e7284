import { z } from 'zod';
import type { Sealer } from '../../core/sealing.ts';
import type { StoredSession } from '../../session/store.ts';
import type { ProviderDefinition } from '../kind.ts';

/** The attribute of a session that holds its refresh token. */
const attribute = 'sealedRefreshToken';
const purpose = 'refresh token of OpenID Connect';

const sealedSchema = z.strictObject({
  purpose: z.literal(purpose),
  realm: z.string(),
  name: z.string(),
  token: z.string(),
});

/**
 * Keeps refresh tokens with their sessions, sealed: neither the store, a backup, a list nor an application that reads
 * the attributes learns them, and they are gone with the session.
 */
export class RefreshTokens {
  readonly #sealer: Sealer;
  readonly #provider: Pick<ProviderDefinition, 'realm' | 'name'>;

  constructor(sealer: Sealer, { realm, name }: Pick<ProviderDefinition, 'realm' | 'name'>) {
    this.#sealer = sealer;
    this.#provider = { realm, name };
  }

  /** The attribute to keep for a token; none when the issuer gave no token. */
  kept(token: string | undefined): Record<string, string> {
    if (token === undefined) return {};
    return { [attribute]: this.#sealer.seal(JSON.stringify({ purpose, ...this.#provider, token })) };
  }

  /** The token of a session; undefined when it has none of this provider that can be opened here. */
  of({ attributes }: Pick<StoredSession, 'attributes'>): string | undefined {
    const sealed = attributes[attribute];
    const text = sealed === undefined ? undefined : this.#sealer.open(sealed);
    if (text === undefined) return undefined;
    const { success, data } = sealedSchema.safeParse(JSON.parse(text));
    const isOwn = success && data.realm === this.#provider.realm && data.name === this.#provider.name;
    return isOwn ? data.token : undefined;
  }
}
