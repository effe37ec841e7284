import { CurfewError } from '../../core/errors.ts';
import { shownField } from '../../core/field-name.ts';

/** Nested deeper than this, an input is none of ours. */
const deepest = 16;

/**
 * Reads a request body as JSON, more strictly than JavaScript does: bytes that are no UTF-8, a member given twice and
 * deep nesting are refused. Of a member given twice two readers may see different values, and a proxy that inspects
 * requests might have let the other one pass. An empty body is undefined.
 * @throws CurfewError `invalid_input`
 */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw invalid('is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`is not JSON${placeOf(error)}`);
  }
  inspect(text);
  return value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Where the parser stopped. The rest of its message repeats a part of the body, which may hold a secret. */
function placeOf(error: unknown): string {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return position === undefined ? '' : `, from character ${position} on`;
}

/** Walks through a text that is known to be JSON. */
function inspect(text: string): void {
  /** The names met so far in each object that is open; undefined stands for an array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : undefined);
        if (open.length > deepest) throw invalid(`is nested more than ${deepest} deep`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (names !== undefined && isFollowedByColon(text, end + 1)) {
          note(names, JSON.parse(text.slice(at, end + 1)) as string);
        }
        at = end;
      }
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function isFollowedByColon(text: string, start: number): boolean {
  let at = start;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

function note(names: Set<string>, name: string): void {
  if (names.has(name)) throw invalid(`gives the member ${JSON.stringify(shownField(name))} twice`);
  if (name === '__proto__') throw invalid('has a member __proto__, which is not a name');
  names.add(name);
}

function invalid(what: string): CurfewError {
  return new CurfewError('invalid_input', `The body ${what}.`, {
    faults: [{ path: '', message: `the body ${what}` }],
  });
}
