import { holds } from '../../access/permissions.ts';
import { call } from '../../operations/call.ts';
import { createRevocation } from '../../operations/revocations-create.ts';
import type { Selector } from '../../session/selector.ts';
import { type Answer, Refusal } from './answer.ts';
import type { KibanaCaller } from './credentials.ts';
import type { Route, RouteCall } from './routes.ts';
import { fault, object, optional, plainObject, type Reader, refuseUnknown, text } from './schema.ts';

/** `POST /api/security/session/_invalidate`: ends all sessions, or those of a provider or of a user of one. */
export const invalidate: Route = {
  method: 'POST',
  path: '/api/security/session/_invalidate',
  authentication: 'required',
  authorize: demandSuperuser,
  async run({ parts, payload, caller, from }: RouteCall): Promise<Answer> {
    const query = readInvalidation(payload);
    const { matched } = await call(
      createRevocation,
      {
        selector: selectorOf(query, parts.realm),
        reason: query === 'all' ? 'Kibana: invalidate all sessions' : 'Kibana: invalidate sessions by query',
      },
      { caller: caller?.caller, face: 'kibana', from, services: parts.services },
    );
    return { status: 200, body: { total: matched } };
  },
};

interface Query {
  readonly provider: { readonly type: string; readonly name: string | undefined };
  readonly username: string | undefined;
}

const readQuery: Reader<Query> = object({
  provider: (value: unknown, path: string) =>
    // A provider that is missing is missed by its type, which it must have.
    object({ type: text, name: optional(text) })(value === undefined ? {} : value, path),
  username: optional(text),
});

/** Reads the body: `{match: 'all'}` or `{match: 'query', query}`. @throws Refusal 400 */
export function readInvalidation(payload: unknown): 'all' | Query {
  const body = plainObject(payload, 'body');
  const { match, query } = body;
  if (match === undefined) {
    throw fault('body.match', 'expected at least one defined value but got [undefined]');
  }
  if (match !== 'all' && match !== 'query') {
    const lines = [
      'types that failed validation:',
      '- [request body.match.0]: expected value to equal [all]',
      '- [request body.match.1]: expected value to equal [query]',
    ];
    throw fault('body.match', lines.join('\n'));
  }
  if (match === 'all' && query !== undefined) {
    throw fault('body.query', "a value wasn't expected to be present");
  }
  const read = match === 'all' ? 'all' : readQuery(query === undefined ? {} : query, 'body.query');
  refuseUnknown(body, ['match', 'query'], 'body');
  return read;
}

function selectorOf(query: 'all' | Query, realm: string): Selector {
  if (query === 'all') return { all: true, realm };
  const { provider, username } = query;
  return {
    realm,
    provider: { type: provider.type, ...(provider.name === undefined ? {} : { name: provider.name }) },
    ...(username === undefined ? {} : { username }),
  };
}

const forbidden =
  'API [POST /api/security/session/_invalidate] is unauthorized for user, this action is granted by the Kibana privileges [superuser]';

/**
 * Only who may do everything passes: an administrator of the face's realm with the group `administrator`, or a key of
 * that realm that was given the right to terminate, as an API key passes with the privileges it was given.
 */
function demandSuperuser({ caller }: KibanaCaller, realm: string): void {
  const isSuperuser =
    caller.kind === 'administrator'
      ? caller.accessGroups.includes('administrator') && (caller.realm === null || caller.realm === realm)
      : caller.kind === 'key' && caller.realm === realm && holds(caller, 'sessions.terminate');
  if (!isSuperuser) throw new Refusal(403, forbidden);
}
