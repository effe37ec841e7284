import type { Access } from '../access/access.ts';
import type { CredentialSource } from '../access/credentials.ts';
import type { Providers } from './providers.ts';
import { rightsFrom } from './registering.ts';

/** Reads the credential of a session's user anew at the provider that the session came from, where that can be asked. */
export function providerSource(
  providers: Pick<Providers, 'find'>,
  access: Pick<Access, 'administrators'>,
): CredentialSource {
  return {
    name: 'the sign-in provider',
    async read(session) {
      const used = providers.find(session.realm, session.provider.name);
      if (used?.provider.type !== session.provider.type) return undefined;
      const user = await used.signIn.read?.(session);
      if (user === undefined) return undefined;
      return { ...rightsFrom(user, used, access), attributes: user.attributes };
    },
  };
}
