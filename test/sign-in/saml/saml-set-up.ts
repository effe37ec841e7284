import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { CurfewError } from '../../../src/core/errors.ts';
import type { ProviderParts } from '../../../src/sign-in/kind.ts';
import { limitedFetch } from '../../../src/sign-in/limited-fetch.ts';
import type { ProviderAnswer, SignInRequest, SignInStart } from '../../../src/sign-in/provider.ts';
import { samlKind } from '../../../src/sign-in/saml/kind.ts';
import type { SamlProvider } from '../../../src/sign-in/saml/provider.ts';
import { aSealer } from '../../support/opened-access.ts';
import type { SamlProcess } from '../../support/saml-idp-process.ts';
import {
  idpMetadataXml,
  type KeyPair,
  newKeyPair,
  ofAssertion,
  type ResponseParts,
  responseParts,
  responseXml,
  signed,
} from '../../support/saml-messages.ts';
import { formOf, WebAgent } from '../../support/web-agent.ts';

/** Where Curfew would be reached; nothing listens there in tests of the provider alone. */
export const publicUrl = 'http://127.0.0.1:9';
export const callbackUrl = `${publicUrl}/sign-in/default/corp/callback`;
export const logoutUrl = `${publicUrl}/sign-in/default/corp/logout`;
export const entityId = `${publicUrl}/sign-in/default/corp/metadata`;

let ownKeys: Promise<KeyPair> | undefined;
/** The key and certificate of Curfew in these tests, made once. */
export function curfewKeys(): Promise<KeyPair> {
  ownKeys ??= newKeyPair('Curfew in tests');
  return ownKeys;
}

/** A provider of SAML with these settings, which is closed with the test. */
export async function samlProvider(
  t: Pick<TestContext, 'after'>,
  settings: Record<string, unknown>,
  { clock = systemClock(), withKey = true }: { clock?: Clock; withKey?: boolean } = {},
): Promise<SamlProvider> {
  const { key, certificate } = await curfewKeys();
  const parts: Omit<ProviderParts, 'log' | 'users' | 'store'> = {
    clock,
    limitedFetch,
    sealer: aSealer,
    keyOf: async () => undefined,
    publicUrl,
  };
  const read = samlKind.settings.parse({ ...(withKey ? { certificate } : {}), ...settings });
  const provider = samlKind.create(
    {
      type: 'saml',
      name: 'corp',
      realm: 'default',
      title: 'Corp',
      configVersion: 1,
      settings: read,
      secrets: withKey ? { privateKey: key } : {},
    },
    parts as ProviderParts,
  ) as SamlProvider;
  t.after(() => provider.close());
  return provider;
}

/** A provider of a process, which has been told of Curfew by its metadata. */
export async function providerOf(
  t: Pick<TestContext, 'after'>,
  idp: SamlProcess,
  settings: Record<string, unknown> = {},
): Promise<SamlProvider> {
  const provider = await samlProvider(t, { metadata: idp.metadata, ...settings });
  await idp.tell({ serviceProvider: (await provider.metadata()).body });
  return provider;
}

/** Signs in at the pages of the identity provider and gives the answer that the browser would post. */
export async function answerOf(
  provider: SamlProvider,
  username: string,
  start: Partial<SignInStart> = {},
  agent = new WebAgent(),
): Promise<ProviderAnswer & { request: SignInRequest }> {
  const request = await provider.begin({ callbackUrl, ...start });
  const page = await agent.visit(request.location);
  const sent = formOf(await agent.submit(page, { username }));
  return {
    url: sent.action,
    form: new URLSearchParams(sent.values),
    remembered: request.remembered,
    request,
  };
}

/** The entity id and place of an identity provider whose messages the tests make themselves. */
export const forger = { entityId: 'https://idp.example.org/metadata', base: 'https://idp.example.org' };

export interface ForgerySetUp {
  readonly provider: SamlProvider;
  readonly keys: KeyPair;
  /** The parts of the right answer to a request that was just begun, with changes. */
  begin(
    changes?: Partial<ResponseParts>,
  ): Promise<{ parts: ResponseParts; remembered: SignInRequest['remembered'] }>;
  /** Finishes with this XML as the response. */
  finish(xml: string, remembered: SignInRequest['remembered']): ReturnType<SamlProvider['finish']>;
  /** Begins, signs the assertion with these changes, and finishes. */
  signIn(changes?: Partial<ResponseParts>, keys?: KeyPair): ReturnType<SamlProvider['finish']>;
}

/** A provider that trusts one key, and all that it takes to forge its messages. */
export async function forgerySetUp(
  t: Pick<TestContext, 'after'>,
  settings: Record<string, unknown> = {},
  clock?: Clock,
): Promise<ForgerySetUp> {
  const keys = await newKeyPair('trusted');
  const metadata = idpMetadataXml(forger.entityId, forger.base, [keys.certificate]);
  const provider = await samlProvider(t, { metadata, ...settings }, clock === undefined ? {} : { clock });
  const begin: ForgerySetUp['begin'] = async (changes = {}) => {
    const { remembered } = await provider.begin({ callbackUrl });
    const parts = responseParts({
      issuer: forger.entityId,
      audience: entityId,
      recipient: callbackUrl,
      inResponseTo: remembered.requestId as string,
      ...changes,
    });
    return { parts, remembered };
  };
  const finish: ForgerySetUp['finish'] = (xml, remembered) =>
    provider.finish({
      url: new URL(callbackUrl),
      form: new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64') }),
      remembered,
    });
  return {
    provider,
    keys,
    begin,
    finish,
    async signIn(changes = {}, by = keys) {
      const { parts, remembered } = await begin(changes);
      return finish(signed(responseXml(parts), ofAssertion, by), remembered);
    },
  };
}

/** Whether an error is a refusal that says this. */
export function refusal(pattern: RegExp, code = 'sign_in_refused'): (error: CurfewError) => boolean {
  return (error) => {
    if (error.code === code && pattern.test(error.message)) return true;
    throw error;
  };
}
