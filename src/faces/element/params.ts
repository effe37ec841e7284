import { z } from 'zod';
import { readJson } from '../http/json-body.ts';
import { ElementError, repeated } from './element-error.ts';

/** Parameters as the method takes them, and those that it does not know. */
export interface ReadParams {
  readonly params: Record<string, unknown>;
  readonly unused: Readonly<Record<string, unknown>>;
}

/**
 * Reads parameters by the schema of a method. One that the method does not know is no error: it is named beside the result.
 * @throws ElementError `xMissingParameter`, `xInvalidParameterType`, `xUnrecognizedEnumString`, `xInvalidParameter`
 */
export function readParams(schema: z.ZodObject, given: Readonly<Record<string, unknown>>): ReadParams {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw faultOf(parsed.error.issues[0] as z.core.$ZodIssue, given);
  const unused = Object.entries(given).filter(([name]) => !Object.hasOwn(schema.shape, name));
  return { params: parsed.data, unused: Object.fromEntries(unused) };
}

/** Texts of a query as the values that the schema asks for: a number, a list or an object is written as JSON. */
export function valuesOf(
  schema: z.ZodObject,
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const wanted = Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : z.string();
      return [name, wanted.safeParse(text).success ? text : jsonOr(text)];
    }),
  );
}

function jsonOr(text: string): unknown {
  try {
    // An empty text stays one: were it nothing, a name left empty would mean the sessions of nobody in particular.
    return readJson(Buffer.from(text)) ?? text;
  } catch {
    return text;
  }
}

function faultOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): ElementError {
  const [name = ''] = issue.path.map(String);
  const path = issue.path.join('.');
  const isOwn = Object.hasOwn(given, name);
  if (!isOwn || given[name] === undefined) {
    return new ElementError('xMissingParameter', `Missing member=[${name}]`);
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown>)?.[key],
    given,
  );
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    return new ElementError('xUnrecognizedEnumString', repeated(value));
  }
  const isType = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return new ElementError(
    isType ? 'xInvalidParameterType' : 'xInvalidParameter',
    `${repeated(path)}: ${issue.message}`,
  );
}
