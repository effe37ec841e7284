import type { IncomingMessage } from 'node:http';
import type { FaceParts } from '../face.ts';
import type { Answer } from './answer.ts';
import type { KibanaCaller } from './credentials.ts';

/** What the face works with. */
export interface KibanaParts extends FaceParts {
  readonly cookieName: string;
  /** The version of Kibana that clients are told. */
  readonly version: string;
}

/** One request on its way through a route. */
export interface RouteCall {
  readonly parts: KibanaParts;
  readonly request: IncomingMessage;
  /** The payload as JSON; null without one. */
  readonly payload: unknown;
  /** Undefined where authentication is not required and nobody, or a session that is gone, was presented. */
  readonly caller: KibanaCaller | undefined;
  readonly from: string | undefined;
}

/** One route of the face. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly authentication: 'required' | 'optional' | 'none';
  /** Refuses callers who may not use the route, before its payload is looked at. */
  authorize?(caller: KibanaCaller, realm: string): void;
  run(call: RouteCall): Promise<Answer>;
}
