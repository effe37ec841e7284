import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../core/log.ts';
import type { Services } from '../operations/operation.ts';

/** A protocol beside the native one: it decodes requests to operations and encodes their answers. */
export interface Face {
  /** Whether a request is this face's to answer, by its path without the query. */
  owns(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** What every face is given. */
export interface FaceParts {
  readonly services: Services;
  readonly log: Log;
  /** The realm that the face speaks of. */
  readonly realm: string;
  /** The address of the client behind a request, as the trusted proxies tell it. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
}

/** Sends each request to the first face that owns its path, else to the native API. */
export function dispatch(
  faces: readonly Face[],
  native: Pick<Face, 'handle'>,
): (request: IncomingMessage, response: ServerResponse) => void {
  if (faces.length === 0) return native.handle;
  return (request, response) => {
    const url = request.url ?? '';
    // The native API is the hot one and never lies below another face's path.
    if (url.startsWith('/v1/')) {
      native.handle(request, response);
      return;
    }
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    const face = faces.find((candidate) => candidate.owns(path)) ?? native;
    face.handle(request, response);
  };
}
