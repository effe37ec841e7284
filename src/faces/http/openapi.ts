import { errorTable } from '../../core/errors.ts';
import type { Operation } from '../../operations/operation.ts';
import { checkDocument } from './check-document.ts';
import { eventsDocument } from './events-document.ts';
import { type Json, schemaOf } from './json-schema.ts';

/** An OpenAPI 3.1 document. */
export interface OpenApi {
  openapi: '3.1.0';
  info: Json;
  servers: Json[];
  tags: Json[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Json; responses: Json };
}

export interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: Record<string, never[]>[];
  parameters: Json[];
  requestBody?: Json;
  responses: Record<string, Json>;
}

/** Describes the native API: every operation of the table, and what stands beside it. */
export function openApi(operations: readonly Operation[], version: string): OpenApi {
  const schemas: Record<string, Json> = { Problem: problemSchema };
  const paths: OpenApi['paths'] = { '/v1/check': checkDocument };
  for (const operation of operations) {
    const { path, method } = operation.http;
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, schemas) };
  }
  paths['/v1/events'] = eventsDocument(schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Curfew',
      version,
      summary: 'Knows every signed-in session, and can end any set of them at once.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set([...operations.map(tagOf), 'events'])].map((name) => ({ name })),
    paths,
    components: { schemas, securitySchemes, responses: { Problem: problemResponse } },
  };
}

function describe(operation: Operation, schemas: Record<string, Json>): OpenApiOperation {
  const { name, summary, description, http, permission, input, output } = operation;
  const shape = schemaOf(input, 'input', schemas);
  const properties = (shape.properties ?? {}) as Record<string, Json>;
  const required = new Set((shape.required ?? []) as string[]);
  const inPath = [...http.path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field as string);
  const inHeader = Object.fromEntries(
    Object.entries(http.headers ?? {}).map(([header, field]) => [field, header]),
  );
  const inBody = http.method !== 'GET' && http.method !== 'DELETE';
  const parameters: Json[] = [];
  const body: Record<string, Json> = {};
  for (const [field, schema] of Object.entries(properties)) {
    if (inPath.includes(field)) parameters.push(parameter('path', field, schema, true));
    else if (field in inHeader)
      parameters.push(parameter('header', inHeader[field] as string, schema, required.has(field)));
    else if (inBody) body[field] = schema;
    else parameters.push(...queryParameters(field, schema, required.has(field)));
  }
  const status = String(http.status ?? 200);
  return {
    operationId: name,
    tags: [tagOf(operation)],
    summary,
    description: [description, `Needs the right \`${permission}\`.`].filter(Boolean).join('\n\n'),
    security:
      permission === 'own'
        ? [{ session: [] }, { sessionCookie: [] }, { administrator: [] }]
        : [{ administrator: [] }, { key: [] }, { session: [] }],
    parameters,
    ...(inBody ? { requestBody: bodyOf(body, required) } : {}),
    responses: {
      [status]:
        status === '204'
          ? { description: 'It is done' }
          : { description: 'It is done', content: jsonContent(schemaOf(output, 'output', schemas)) },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

/** The first part of an operation's name. */
function tagOf({ name }: Operation): string {
  return name.split('.')[0] as string;
}

function parameter(place: string, name: string, { description, ...schema }: Json, required: boolean): Json {
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema };
}

/** A member of a member is a parameter with a dot, as the face reads it. */
function queryParameters(field: string, schema: Json, required: boolean): Json[] {
  const members = schema.properties as Record<string, Json> | undefined;
  if (members === undefined) return [parameter('query', field, schema, required)];
  return Object.entries(members).map(([member, inner]) =>
    parameter('query', `${field}.${member}`, inner, false),
  );
}

function bodyOf(properties: Record<string, Json>, required: ReadonlySet<string>): Json {
  const needed = Object.keys(properties).filter((field) => required.has(field));
  return {
    required: needed.length > 0,
    content: jsonContent({
      type: 'object',
      properties,
      ...(needed.length === 0 ? {} : { required: needed }),
      additionalProperties: false,
    }),
  };
}

function jsonContent(schema: Json): Json {
  return { 'application/json': { schema } };
}

const problemSchema: Json = {
  type: 'object',
  description: 'An error, as RFC 9457 says; code is stable and for programs',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: 'urn:curfew:error: and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong, where, and what to do' },
    code: { type: 'string', enum: Object.keys(errorTable) },
    faults: {
      type: 'array',
      description: 'What is wrong with the input, by path',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    facts: { type: 'object', description: 'Facts for programs', additionalProperties: true },
    reason: { type: 'string', description: 'Of /v1/check: why the session is not live' },
  },
};

const problemResponse: Json = {
  description: 'It is refused, and nothing was changed',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const securitySchemes: Json = {
  administrator: { type: 'http', scheme: 'basic', description: 'An administrator' },
  key: { type: 'http', scheme: 'bearer', bearerFormat: 'cfk_...', description: "An application's key" },
  session: { type: 'http', scheme: 'bearer', bearerFormat: 'cfs_...', description: "A session's token" },
  sessionCookie: { type: 'apiKey', in: 'cookie', name: 'curfew_session', description: "A session's token" },
};
