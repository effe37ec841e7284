import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { StoredSession } from '../../session/store.ts';
import { DefinedProvider } from '../defined-provider.ts';
import type { ProviderDefinition } from '../kind.ts';
import type {
  ProviderAnswer,
  ProviderTest,
  ReceivedLogout,
  RedirectProvider,
  SignedInUser,
  SignInRequest,
  SignInStart,
} from '../provider.ts';
import { type Assertion, readAssertion } from './assertion.ts';
import type { IdpMetadata } from './idp-metadata.ts';
import type { IdpSource } from './idp-source.ts';
import { type LogoutMessage, readLogoutMessage } from './logout.ts';
import { nameIdFormats } from './names.ts';
import { authnRequest, logoutRequest, logoutResponse, type ServiceProvider } from './requests.ts';
import { readResponse } from './response.ts';
import type { SamlSettings } from './settings.ts';
import { spMetadata } from './sp-metadata.ts';
import { nameIdOfSession, subjectOf, userOf } from './user.ts';

export interface SamlProviderOptions {
  readonly definition: ProviderDefinition<SamlSettings>;
  readonly source: IdpSource;
  readonly clock: Clock;
  readonly entityId: string;
  readonly callbackUrl: string;
  readonly logoutUrl: string;
  /** Where browsers reach Curfew. */
  readonly publicUrl: string;
  /** The private key of the certificate, in PEM; undefined without one, or when it is not on this machine. */
  readonly key: () => Promise<string | undefined>;
  /** Gives back its connections. */
  readonly close: () => Promise<void>;
}

/** SAML 2.0 bindings, section 3.4.3. */
const mostRelayState = 80;

/** Sign-in by SAML 2.0: the browser profile with a request by redirect and an answer by post, and single logout. */
export class SamlProvider extends DefinedProvider<SamlSettings> implements RedirectProvider {
  readonly flow = 'redirect';
  readonly type = 'saml';
  readonly #options: SamlProviderOptions;

  constructor(options: SamlProviderOptions) {
    super(options.definition);
    this.#options = options;
  }

  async begin({ callbackUrl, forceAuthentication, maxAgeSeconds }: SignInStart): Promise<SignInRequest> {
    const idp = await this.#options.source.known();
    const sp = { ...(await this.#serviceProvider()), callbackUrl };
    if (idp.wantsSignedRequests && sp.key === undefined) {
      throw new CurfewError(
        'provider_unavailable',
        `${idp.entityId} takes signed requests alone, and the key of ${this.name} is not on this machine; set certificate and privateKey.`,
      );
    }
    // SAML knows no greatest age, only an authentication anew.
    const isForced = forceAuthentication === true || maxAgeSeconds !== undefined;
    const { id, location } = await authnRequest({ idp, sp }, this.settings, isForced);
    const maxAge = forceAuthentication === true ? 0 : maxAgeSeconds;
    const from = this.#options.clock.now() - (maxAge ?? 0) * 1000;
    return {
      location,
      remembered: {
        callbackUrl,
        requestId: id,
        ...(maxAge === undefined ? {} : { authenticatedFrom: String(from) }),
      },
    };
  }

  async finish({ url, form, remembered }: ProviderAnswer): Promise<SignedInUser> {
    const { callbackUrl, requestId, authenticatedFrom } = remembered;
    const isHere = callbackUrl !== undefined && `${url.origin}${url.pathname}` === callbackUrl;
    if (!isHere || requestId === undefined)
      throw refused('it is not the answer to a sign-in that began here');
    const [field, ...others] = form.getAll('SAMLResponse');
    if (field === undefined || others.length > 0) throw refused('expected one SAMLResponse in the form');
    const assertion = await this.#withKeys((idp) => this.#read(field, idp, { callbackUrl, requestId }));
    this.#checkAuthentication(assertion, authenticatedFrom);
    return userOf(assertion, this.settings);
  }

  async logoutUrl(session: StoredSession, returnTo: string): Promise<string | undefined> {
    const idp = await this.#options.source.known();
    const sp = await this.#serviceProvider();
    // Profiles section 4.4.4.1: a request for logout by redirect must be signed.
    if (
      idp.logoutUrl === undefined ||
      sp.key === undefined ||
      session.attributes.nameIdFormat === undefined
    ) {
      return undefined;
    }
    const user = { nameId: nameIdOfSession(session), sessionIndex: session.attributes.sessionIndex };
    const { location } = await logoutRequest({ idp, sp }, idp.logoutUrl, user, this.#relayOf(returnTo));
    return location;
  }

  async receiveLogout(answer: ProviderAnswer): Promise<ReceivedLogout> {
    const { clock, logoutUrl } = this.#options;
    const sp = await this.#serviceProvider();
    const read = (idp: IdpMetadata) =>
      readLogoutMessage(answer, {
        idp,
        logoutUrl,
        key: sp.key,
        allowSha1: this.settings.allowSha1,
        now: clock.now(),
        clockSkewMs: this.settings.clockSkew,
      });
    const message = await this.#withKeys(read);
    // The identity provider has ended its own session, or not; that of Curfew has ended before it was asked.
    if (message.kind === 'response') return { answer: { location: this.#placeOf(message.relayState) } };
    const { nameId, sessionIndexes, id, endsAt } = message;
    const subject = subjectOf(nameId);
    return {
      ...(subject === undefined ? {} : { subject }),
      ...(sessionIndexes.length === 0 ? {} : { sessionKeys: sessionIndexes }),
      message: { id, endsAt },
      answer: await this.#answerTo(message, sp),
    };
  }

  async metadata(): Promise<{ body: string; mediaType: string }> {
    const { entityId, callbackUrl, logoutUrl } = this.#options;
    const hasKey = (await this.#options.key()) !== undefined;
    const certificate = hasKey ? this.settings.certificate : undefined;
    return {
      body: spMetadata({ entityId, callbackUrl, logoutUrl, certificate, settings: this.settings }),
      mediaType: 'application/samlmetadata+xml',
    };
  }

  async test(): Promise<ProviderTest> {
    const idp = await this.#options.source.read();
    const key = await this.#options.key();
    const count = idp.certificates.length;
    return {
      steps: [
        `read the metadata of ${idp.entityId}`,
        `it signs with ${count === 1 ? 'one certificate' : `one of ${count} certificates`}`,
        `it takes requests at ${idp.signInUrl}`,
        key === undefined ? 'there is no key here, so requests are not signed' : 'found the key to sign with',
        idp.logoutUrl === undefined || key === undefined
          ? 'there is no single logout'
          : `it takes logouts at ${idp.logoutUrl}`,
      ],
    };
  }

  async close(): Promise<void> {
    await this.#options.close();
  }

  async #read(
    field: string,
    idp: IdpMetadata,
    { callbackUrl, requestId }: { callbackUrl: string; requestId: string },
  ): Promise<Assertion> {
    const { clock, entityId } = this.#options;
    const element = await readResponse(field, {
      settings: this.settings,
      certificates: idp.certificates,
      issuer: idp.entityId,
      audience: entityId,
      callbackUrl,
      inResponseTo: requestId,
      key: await this.#options.key(),
    });
    return readAssertion(element, {
      issuer: idp.entityId,
      audience: entityId,
      recipient: callbackUrl,
      inResponseTo: requestId,
      now: clock.now(),
      clockSkewMs: this.settings.clockSkew,
    });
  }

  #checkAuthentication({ authnContext, authenticatedAt }: Assertion, from: string | undefined): void {
    const { authnContexts, clockSkew } = this.settings;
    if (authnContexts.length > 0 && (authnContext === undefined || !authnContexts.includes(authnContext))) {
      throw refused(`the user authenticated in another way than ${authnContexts.join(', ')}`);
    }
    if (from === undefined) return;
    if (authenticatedAt === undefined || authenticatedAt < Number(from) - clockSkew) {
      throw refused('the user authenticated too long ago, although it was asked to be done anew');
    }
  }

  /** Reads with the keys that are known, and once more if the identity provider has got others since. */
  async #withKeys<T>(read: (idp: IdpMetadata) => Promise<T>): Promise<T> {
    const idp = await this.#options.source.known();
    try {
      return await read(idp);
    } catch (error) {
      const now = await this.#options.source.rereadForKey();
      const isNew = now?.certificates.some((certificate) => !idp.certificates.includes(certificate));
      if (now === undefined || isNew !== true) throw error;
      return read(now);
    }
  }

  async #serviceProvider(): Promise<ServiceProvider> {
    const { entityId, callbackUrl, key } = this.#options;
    return { entityId, callbackUrl, key: await key() };
  }

  /** A transient NameID without a SessionIndex names nobody whom Curfew could tell. */
  async #answerTo(
    { id, nameId, sessionIndexes, relayState }: Extract<LogoutMessage, { kind: 'request' }>,
    sp: ServiceProvider,
  ): Promise<ReceivedLogout['answer']> {
    const idp = await this.#options.source.known();
    if (idp.logoutResponseUrl === undefined || sp.key === undefined) {
      return { body: 'signed out\n', mediaType: 'text/plain' };
    }
    const done = nameId.format !== nameIdFormats.transient || sessionIndexes.length > 0;
    const answered = { requestId: id, relayState, done };
    const { location } = await logoutResponse({ idp, sp }, idp.logoutResponseUrl, answered);
    return { location };
  }

  /** Where a logout leads back to goes around with the browser as a path, so that it leads nowhere else. */
  #relayOf(returnTo: string): string {
    const { publicUrl } = this.#options;
    const path = returnTo.startsWith(`${publicUrl}/`) ? returnTo.slice(publicUrl.length) : '';
    return Buffer.byteLength(path) <= mostRelayState ? path : '';
  }

  #placeOf(relayState: string | undefined): string {
    const { publicUrl } = this.#options;
    const isPath = relayState?.startsWith('/') === true && URL.canParse(relayState, publicUrl);
    const place = new URL(isPath ? relayState : '/', publicUrl);
    return place.origin === new URL(publicUrl).origin ? place.href : `${publicUrl}/`;
  }
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The sign-in is refused: ${reason}.`);
}
