import { createRequire } from 'node:module';

/** What of a request samlify has read. */
export interface ReadMessage {
  readonly extract: {
    readonly request?: Readonly<Record<string, string>>;
    readonly response?: Readonly<Record<string, string>>;
    readonly nameID?: string;
    readonly sessionIndex?: string;
  };
}

interface SentQuery {
  readonly query: Readonly<Record<string, string>>;
  /** What the signature of the redirect binding covers. */
  readonly octetString: string;
}

export interface ServiceProvider {
  readonly entityMeta: {
    getEntityID(): string;
    getAssertionConsumerService(binding: string): string;
    getSingleLogoutService(binding: string): string;
  };
}

export interface IdentityProvider {
  parseLoginRequest(sp: ServiceProvider, binding: string, sent: SentQuery): Promise<ReadMessage>;
  parseLogoutRequest(sp: ServiceProvider, binding: string, sent: SentQuery): Promise<ReadMessage>;
  parseLogoutResponse(sp: ServiceProvider, binding: string, sent: SentQuery): Promise<ReadMessage>;
  createLoginResponse(
    sp: ServiceProvider,
    request: ReadMessage,
    binding: string,
    user: object,
    options: { customTagReplacement: (template: string) => { id: string; context: string } },
  ): Promise<{ context: string }>;
  createLogoutRequest(
    sp: ServiceProvider,
    binding: string,
    user: { logoutNameID: string; sessionIndex: string },
    options: { relayState?: string },
  ): { context: string };
  createLogoutResponse(
    sp: ServiceProvider,
    request: ReadMessage,
    binding: string,
    options: { relayState: string },
  ): { context: string };
}

interface Samlify {
  IdentityProvider(settings: object): IdentityProvider;
  ServiceProvider(settings: object): ServiceProvider;
  setSchemaValidator(validator: { validate: () => Promise<string> }): void;
  readonly SamlLib: { constructSAMLSignature(options: object): string };
}

/** As far as tests use it. Its own types would bring those of browsers into the whole program. */
export const samlify = createRequire(import.meta.url)('samlify') as Samlify;
