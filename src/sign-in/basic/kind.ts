import { z } from 'zod';
import type { ProviderKind } from '../kind.ts';
import type { PasswordProvider } from '../provider.ts';

const settings = z.strictObject({});

/** Curfew's own users. */
export const basicKind: ProviderKind<typeof settings> = {
  type: 'basic',
  summary:
    "Curfew's own users of the realm, see `curfew users`, and its administrators. Passwords are kept as argon2id, and a code of an authenticator app may follow.",
  settings,
  secrets: {},
  create({ name, realm, title, configVersion }, { users }): PasswordProvider {
    return {
      type: 'basic',
      flow: 'password',
      name,
      realm,
      title,
      configVersion,
      verify: (attempt) => users.verify(realm, attempt),
      answer: (answer) => users.answer(realm, answer),
      test: async () => ({ steps: ['passwords are kept here; there is nothing to connect to'] }),
      close: async () => {},
    };
  },
};
