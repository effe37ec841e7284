/** A small reader of TypeScript text for the checks: it tells comments, strings and code apart, and finds imports. */

/**
 * @typedef {object} SourceText
 * @property {string} code the text with every comment blanked, strings kept, so that offsets and lines stay
 * @property {{ text: string, line: number }[]} strings what stands in quotes or backticks, without expressions
 */

/** After these a slash opens a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(^|[=([{,;:!&|?+\-*%<>~^}]|\b(return|typeof|case|in|of|do|else|void|await|yield))\s*$/;

/**
 * @param {string} text
 * @returns {SourceText}
 */
export function readSource(text) {
  /** @type {SourceText['strings']} */
  const strings = [];
  let code = '';
  let at = 0;
  /** The depth of braces at which each open template expression ends. @type {number[]} */
  const templates = [];
  let braces = 0;

  const keep = (/** @type {number} */ end) => {
    code += text.slice(at, end);
    at = end;
  };
  const blank = (/** @type {number} */ end) => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const string = (/** @type {number} */ start, /** @type {number} */ end) => {
    strings.push({ text: text.slice(start, end), line: lineAt(text, start) });
  };
  /** Reads a template from just after its backtick or closing brace, up to its end or its next expression. */
  const template = () => {
    const start = at;
    let end = at;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end))
      end += text[end] === '\\' ? 2 : 1;
    string(start, end);
    if (text[end] === '$') {
      templates.push(braces);
      keep(end + 2);
      braces += 1;
    } else keep(end + 1);
  };

  while (at < text.length) {
    const char = text[at];
    if (text.startsWith('//', at)) blank(endOf(text, '\n', at));
    else if (text.startsWith('/*', at)) blank(endOf(text, '*/', at + 2) + 2);
    else if (char === "'" || char === '"') {
      const end = skipTo(text, char, at + 1);
      string(at + 1, end);
      keep(end + 1);
    } else if (char === '`') {
      keep(at + 1);
      template();
    } else if (char === '/' && BEFORE_REGEX.test(code.slice(-40))) keep(endOfRegex(text, at));
    else {
      if (char === '{') braces += 1;
      if (char === '}') braces -= 1;
      keep(at + 1);
      if (char === '}' && templates.at(-1) === braces) {
        templates.pop();
        template();
      }
    }
  }
  return { code, strings };
}

/**
 * @param {string} code as `readSource` gives it
 * @returns {{ specifier: string, line: number, isType: boolean }[]} static, re-exporting and dynamic imports with a
 *   literal specifier; `isType` when only types are taken
 */
export function importsOf(code) {
  const statement = /^[ \t]*(?:import|export)\b(?!\s*\()([^'";]*?)(?:\bfrom\s*)?(['"])([^'"\n]+)\2/gm;
  const dynamic = /\bimport\s*(\()\s*(['"])([^'"\n]+)\2/g;
  const found = [];
  for (const match of code.matchAll(statement)) {
    const clause = (match[1] ?? '').trim();
    // An export that is a declaration, such as `export const a = 'b'`, takes nothing from anywhere.
    if (clause !== '' && !match[0].includes('from')) continue;
    if (/[=(]/.test(clause)) continue;
    const line = lineAt(code, match.index + match[0].search(/\S/));
    found.push({ specifier: match[3] ?? '', line, isType: clause.startsWith('type ') });
  }
  for (const match of code.matchAll(dynamic)) {
    found.push({ specifier: match[3] ?? '', line: lineAt(code, match.index), isType: false });
  }
  return found;
}

/**
 * @param {string} text
 * @param {number} offset
 */
function lineAt(text, offset) {
  return text.slice(0, offset).split('\n').length;
}

/**
 * @param {string} text
 * @param {string} mark
 * @param {number} from
 */
function endOf(text, mark, from) {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end;
}

/**
 * @param {string} text
 * @param {string} quote
 * @param {number} from
 */
function skipTo(text, quote, from) {
  let end = from;
  while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
  return end;
}

/**
 * @param {string} text
 * @param {number} from the offset of the opening slash
 */
function endOfRegex(text, from) {
  let inClass = false;
  for (let end = from + 1; end < text.length && text[end] !== '\n'; end += text[end] === '\\' ? 2 : 1) {
    if (text[end] === '[') inClass = true;
    else if (text[end] === ']') inClass = false;
    else if (text[end] === '/' && !inClass) return end + 1;
  }
  return from + 1;
}
