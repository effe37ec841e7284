import type { TestContext } from 'node:test';
import { startForkedPart } from './forked-part.ts';
import { freePort } from './ports.ts';
import type { SamlServerOptions } from './saml-idp-server.ts';
import { type KeyPair, newKeyPair } from './saml-messages.ts';

/** The users whom the identity provider of the tests knows. */
export const samlUsers: SamlServerOptions['users'] = {
  'ana@example.org': {
    uid: ['ana.ruiz'],
    groups: ['ops', 'staff'],
    'urn:oid:0.9.2342.19200300.100.1.3': ['ana@example.org'],
  },
  'ben@example.org': { uid: ['ben'], groups: ['staff'] },
};

/** A running identity provider of SAML: samlify in a process of its own. */
export interface SamlProcess {
  /** Its metadata as text, and where it serves it. */
  readonly metadata: string;
  readonly metadataUrl: string;
  readonly entityId: string;
  readonly base: string;
  readonly pid: number;
  readonly keys: KeyPair;
  /** Tells it something else, such as the metadata of Curfew. */
  tell(changes: Partial<SamlServerOptions>): Promise<void>;
  stop(): Promise<void>;
}

export async function startSamlIdp(
  t: Pick<TestContext, 'after'>,
  changes: Partial<SamlServerOptions> = {},
): Promise<SamlProcess> {
  let options: SamlServerOptions = {
    port: await freePort(),
    keys: await newKeyPair('identity provider of the tests'),
    users: samlUsers,
    ...changes,
  };
  const part = await startForkedPart<{ base: string; entityId: string; metadata: string }>(
    t,
    'saml-idp-server',
    options,
  );
  const { base, entityId, metadata } = part.ready;
  return {
    metadata,
    metadataUrl: `${base}/metadata`,
    entityId,
    base,
    pid: part.pid,
    keys: options.keys,
    tell: async (told) => {
      options = { ...options, ...told };
      await part.ask(options);
    },
    stop: () => part.stop(),
  };
}
