import type { z } from 'zod';

/**
 * What is wrong with a value, in words for whoever sent it: what is expected, and how much of it. Given to a schema when it
 * parses; a text of the schema's own comes first, and undefined leaves zod's.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeText(issue.expected)}`;
    case 'too_big':
      return `expected ${sizeText('at most', issue.origin, issue.maximum, issue.inclusive !== false)}`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'must not be empty'
        : `expected ${sizeText('at least', issue.origin, issue.minimum, issue.inclusive !== false)}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'invalid_key':
      return `holds a name that is not right: ${issue.issues[0]?.message ?? 'it has another form'}`;
    default:
      return undefined;
  }
}

function sizeText(
  bound: 'at most' | 'at least',
  origin: string,
  limit: number | bigint,
  inclusive: boolean,
): string {
  const count = limit.toLocaleString('en');
  if (origin === 'string') return `${bound} ${count} characters`;
  if (origin === 'array' || origin === 'set' || origin === 'map')
    return `${bound} ${count} ${limit === 1 ? 'entry' : 'entries'}`;
  if (inclusive) return `a number of ${bound} ${count}`;
  return `a number ${bound === 'at most' ? 'below' : 'above'} ${count}`;
}

function typeText(type: string): string {
  switch (type) {
    case 'number':
    case 'int':
      return 'a number in plain digits, such as 100';
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a text';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'an object with fields';
    default:
      return type;
  }
}
