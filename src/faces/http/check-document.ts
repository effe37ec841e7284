import type { OpenApiOperation } from './openapi.ts';

const text = (description: string) => ({ description, schema: { type: 'string' } });

const check: OpenApiOperation = {
  operationId: 'check',
  tags: ['check'],
  summary: 'Ask whether the session of a token is live; made for proxies',
  description:
    'The token comes as a bearer token, else in the cookie `curfew_session`. It touches the session unless `touch=0`.\n\nNames in the headers are as they are where they hold visible ASCII. Every other byte of their UTF-8 form is written as `%XX`, and so is `%` itself (also a comma within a group, a slash within the type of a provider, a space at either end), so `decodeURIComponent` gives every name back.',
  security: [{ session: [] }, { sessionCookie: [] }],
  parameters: [
    {
      name: 'touch',
      in: 'query',
      required: false,
      description: '0 leaves the idle limit where it is',
      schema: { type: 'string', enum: ['0', '1'] },
    },
    {
      name: 'realm',
      in: 'query',
      required: false,
      description: 'A session of another realm is answered as unknown',
      schema: { type: 'string' },
    },
  ],
  responses: {
    '200': {
      description: 'The session is live. There is a body only if application/json is accepted',
      headers: {
        'Remote-User': text('The username'),
        'Remote-Groups': text('The access groups, with commas between them'),
        'Remote-Realm': text('The realm'),
        'Remote-Provider': text('Who authenticated the user: type/name'),
        'Session-Id': text('The id of the session'),
        'Session-Expires': text('When it ends if it is not used again; absent if it has no limit'),
      },
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Verdict' } } },
    },
    '401': {
      description: 'The session is not live',
      headers: {
        'Curfew-Reason': text('missing, unknown, revoked, idle, expired, logged_out or displaced'),
        'WWW-Authenticate': text('Bearer, with the reason as error_description'),
      },
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
    '503': {
      description: 'It cannot be known, so nobody is let in',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
    default: { $ref: '#/components/responses/Problem' },
  },
};

/** `GET /v1/check` in the OpenAPI document; it is no operation of the table. */
export const checkDocument = { get: check };
