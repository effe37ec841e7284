import type { IncomingMessage } from 'node:http';
import type { Log } from '../../core/log.ts';
import type { Services } from '../../operations/operation.ts';
import type { ReadToken } from '../http/presented-token.ts';
import { Assertions } from './assertion.ts';
import { decider } from './decision.ts';
import { createForwardAuthFace } from './face.ts';
import { createGate, type Gate } from './gate.ts';
import { identityWriter } from './identity-headers.ts';
import { ruleBook } from './rules.ts';
import type { ForwardAuthSettings } from './settings.ts';
import type { SignInPage } from './sign-in-link.ts';

export interface ForwardAuthOptions {
  readonly settings: ForwardAuthSettings;
  readonly services: Pick<Services, 'registry' | 'access' | 'clock'>;
  readonly log: Log;
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  /** Whether the other end of a connection, by its address, is a proxy that the configuration trusts. */
  readonly isProxy: (address: string | undefined) => boolean;
  /** Reads the session's token of a request. */
  readonly readToken: ReadToken;
  /** Undefined when there is no page to lead browsers to. */
  readonly signInPage: SignInPage | undefined;
  /** The `iss` of assertions. */
  readonly issuer: string;
}

/** Puts the face together from the configuration; its gate serves gRPC as well. */
export function createForwardAuth(options: ForwardAuthOptions) {
  const { settings, services, log, addressOf, isProxy, readToken, signInPage, issuer } = options;
  const { registry, access, clock } = services;
  const assertions = settings.assertion
    ? new Assertions({
        signingKeys: access.signingKeys,
        clock,
        lifetimeMs: settings.assertionLifetime,
        issuer,
      })
    : undefined;
  const gate: Gate = createGate({
    decide: decider({
      registry,
      clock,
      readToken,
      ruleOf: ruleBook(settings.rules, settings.realm),
      assertions,
    }),
    signInPage,
    identity: identityWriter(settings.headers),
    log,
  });
  return { gate, face: createForwardAuthFace({ gate, addressOf, isProxy }) };
}
