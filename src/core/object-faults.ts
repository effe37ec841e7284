import type { z } from 'zod';
import type { InputFault } from './errors.ts';
import { shownField } from './field-name.ts';
import { issueText } from './issue-text.ts';

/**
 * What is wrong with an object that a schema of settings is for, by path: the form that is expected there as the
 * setting says it, or what its own check says. No value is repeated, since one may be a secret in the wrong place.
 * @param root a path that the object itself lies at
 */
export function objectFaults(schema: z.ZodObject, value: unknown, root = ''): InputFault[] {
  const below = root === '' ? [] : [root];
  const parsed = schema.safeParse(value, { error: issueText });
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    const steps = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: [...below, ...steps].join('.'), message: messageAt(schema, steps, issue) }];
    }
    const known = Object.keys(objectAt(schema, steps)?.shape ?? {}).join(', ');
    return issue.keys.map((key) => ({
      path: [...below, ...steps, shownField(key)].join('.'),
      message: `is not a setting here; known are ${known}`,
    }));
  });
}

function messageAt(schema: z.ZodObject, steps: readonly string[], issue: z.core.$ZodIssue): string {
  const form = formAt(schema, steps);
  // A check of the schema itself says more than the form does.
  if (issue.code === 'custom' && issue.message !== 'Invalid input') return issue.message;
  return form === undefined ? issue.message : `expected ${form}`;
}

/** The form that the nearest setting at or above a path says. */
function formAt(schema: z.ZodObject, steps: readonly string[]): string | undefined {
  let at: z.ZodType | undefined = schema;
  let form: string | undefined;
  for (const step of steps) {
    at = innerObject(at)?.shape[step] as z.ZodType | undefined;
    if (at === undefined) break;
    const said = at.meta()?.form;
    if (typeof said === 'string') form = said;
  }
  return form;
}

function objectAt(schema: z.ZodObject, steps: readonly string[]): z.ZodObject | undefined {
  let at: z.ZodObject | undefined = schema;
  for (const step of steps) at = innerObject(at?.shape[step] as z.ZodType | undefined);
  return at;
}

/** The object within an optional or defaulted one. */
export function innerObject(schema: z.ZodType | undefined): z.ZodObject | undefined {
  let at: unknown = schema;
  while (typeof at === 'object' && at !== null && !('shape' in at) && 'unwrap' in at) {
    at = (at.unwrap as () => unknown)();
  }
  return typeof at === 'object' && at !== null && 'shape' in at ? (at as z.ZodObject) : undefined;
}
