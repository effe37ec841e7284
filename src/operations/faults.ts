import { z } from 'zod';
import type { InputFault } from '../core/errors.ts';
import { shownField } from '../core/field-name.ts';

/** More than these are not told: the first ones show what is wrong, and a large batch could hold thousands. */
const mostFaults = 20;

/** What is wrong with an input that was parsed with `issueText`, by path. No value of the input is repeated: it may be a secret. */
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
      if (meant === undefined) {
        return [
          { path, message: isAbsent(input, issue.path) ? 'is missing' : 'has none of the forms it may have' },
        ];
      }
      return meant.flatMap((inner) =>
        faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, schema, input),
      );
    }
    case 'invalid_type':
      return [
        {
          path,
          message: isAbsent(input, issue.path) ? 'is missing' : issue.message,
        },
      ];
    case 'invalid_format':
      return [{ path, message: formats[issue.format] ?? issue.message }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** What is expected, by the format of the schema; others say it in the schema's own words. */
const formats: Readonly<Record<string, string>> = {
  uuid: 'expected a UUID, such as 0190a6f2-3c5e-4d1a-9b7e-52f4c8e01d63; a list shows those there are',
};

function isAbsent(input: unknown, path: readonly PropertyKey[]): boolean {
  let part = input;
  for (const key of path) {
    if (typeof part !== 'object' || part === null) return true;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return part === undefined;
}
