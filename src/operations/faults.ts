import { z } from 'zod';
import type { InputFault } from '../core/errors.ts';
import { shownField } from '../core/field-name.ts';

/** More than these are not told: the first ones show what is wrong, and a large batch could hold thousands. */
const mostFaults = 20;

/** What is wrong with an input, by path. No value of the input is repeated: it may be a secret. */
export function faultsOf(error: z.ZodError, schema: z.ZodType, input: unknown): InputFault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, schema, input)).slice(0, mostFaults);
}

function faultsOfIssue(issue: z.core.$ZodIssue, schema: z.ZodType, input: unknown): InputFault[] {
  const path = shownField(issue.path.join('.'));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = path === '' && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
      const hint = known.length === 0 ? '' : `; known are ${known.join(', ')}`;
      return issue.keys.map((key) => ({
        path: shownField([...issue.path, key].join('.')),
        message: `is not a known field${hint}`,
      }));
    }
    case 'invalid_union': {
      // Of several forms the one is meant whose type fits; its faults say more than "none of the forms".
      const meant = issue.errors.find(
        (issues) => !issues.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
      );
      if (meant === undefined) return [{ path, message: issue.message }];
      return meant.flatMap((inner) =>
        faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, schema, input),
      );
    }
    case 'invalid_type':
      return [{ path, message: isAbsent(input, issue.path) ? 'is missing' : issue.message }];
    default:
      return [{ path, message: issue.message }];
  }
}

function isAbsent(input: unknown, path: readonly PropertyKey[]): boolean {
  let part = input;
  for (const key of path) {
    if (typeof part !== 'object' || part === null) return true;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return part === undefined;
}
