import { z } from 'zod';

/** A JSON schema or any other part of an OpenAPI document. */
export type Json = { [name: string]: unknown };

/**
 * The JSON schema of a schema of ours. Schemas that carry an id are moved to the components, once for all operations.
 */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const {
    $schema: _dialect,
    $defs,
    ...rest
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
    const { $schema: _inner, id: _id, ...plain } = withMovedReferences(definition);
    schemas[id] ??= plain;
  }
  return withMovedReferences(rest);
}

function withMovedReferences(part: Json): Json {
  return JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
