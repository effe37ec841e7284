import { CurfewError } from '../../core/errors.ts';

/** An element of XML with its namespaces resolved. */
export interface XmlElement {
  readonly namespace: string;
  /** The local name. */
  readonly name: string;
  /** Attributes without a prefix; no attribute of SAML that is read here has one. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly within it, joined. */
  readonly text: string;
}

export interface XmlLimits {
  /** The longest document, in letters. */
  readonly mostLetters: number;
  /** The most elements and attributes: checking a signature takes the square of their number. */
  readonly mostNodes: number;
  /** Whether comments are passed over; else they are refused, since readers differ in what they make of them. */
  readonly comments?: boolean;
}

interface Open {
  readonly element: XmlElement & { readonly children: XmlElement[]; text: string };
  readonly tag: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

const mostDepth = 64;
const name = '[A-Za-z_][\\w.-]*';
const qualified = new RegExp(`^(?:(${name}):)?(${name})$`);
const startTag = new RegExp(
  `^((?:${name}:)?${name})((?:\\s+[^\\s=]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)$`,
);
const attributePattern = /([^\s=]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;
const declaration = /^\uFEFF?<\?xml\s[^<>]*\?>/;
const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

/**
 * Reads XML, and only such as every reader understands alike: no document type, no entities beside the five of XML, no
 * CDATA, no processing instructions, names in ASCII. What passes here holds no surprise for the library that checks
 * signatures.
 * @throws CurfewError `sign_in_refused` saying what is wrong with it
 */
export function readXml(text: string, { mostLetters, mostNodes, comments = false }: XmlLimits): XmlElement {
  if (text.length > mostLetters) throw refused(`is longer than ${mostLetters} letters`);
  let rest = text.replace(declaration, '').replace(/\r\n?/g, '\n');
  if (comments) rest = withoutComments(rest);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(rest))
    throw refused('holds control characters');
  // Line ends in XML 1.1, letters in XML 1.0; as references they are letters to every reader.
  if (/[\u0085\u2028]/.test(rest))
    throw refused('holds U+0085 or U+2028, which not all readers take for the same');
  const forbidden = /<[!?]/.exec(rest);
  if (forbidden !== null) throw refused('holds a document type, a comment, CDATA or an instruction');
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let nodes = 0;
  for (const [index, part] of rest.split('<').entries()) {
    const end = part.indexOf('>');
    if (index > 0 && end < 0) throw refused('has a tag that does not end');
    const tag = index === 0 ? undefined : part.slice(0, end);
    if (tag?.startsWith('/')) {
      const last = open.pop();
      if (last?.tag !== tag.slice(1).trimEnd()) throw refused('has an end without its start');
    } else if (tag !== undefined) {
      if (root !== undefined && open.length === 0) throw refused('has more than one root');
      const started = start(tag, open, mostNodes);
      nodes += 1 + started.attributeCount;
      if (nodes > mostNodes) throw refused(`holds more than ${mostNodes} elements and attributes`);
      root ??= started.element;
    }
    addText(part.slice(end + 1), open.at(-1));
  }
  if (root === undefined || open.length > 0) throw refused('is no whole document');
  return root;
}

/** XML 1.0 section 2.5: two hyphens end a comment, and nothing but its end may follow them. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  for (let at = 0; ; ) {
    const begin = text.indexOf('<!--', at);
    if (begin < 0) return [...kept, text.slice(at)].join('');
    const end = text.indexOf('--', begin + 4);
    if (end < 0 || text[end + 2] !== '>') throw refused('has a comment that does not end');
    kept.push(text.slice(at, begin));
    at = end + 3;
  }
}

function start(tag: string, open: Open[], mostNodes: number): Open & { readonly attributeCount: number } {
  const [whole, tagName = '', written = '', empty] = startTag.exec(tag) ?? [];
  if (whole === undefined) throw refused('has a tag that cannot be read');
  if (open.length >= mostDepth) throw refused(`is nested deeper than ${mostDepth}`);
  const parent = open.at(-1);
  const all = new Map<string, string>();
  for (const [, key = '', double, single] of written.matchAll(attributePattern)) {
    if (all.has(key) || !qualified.test(key)) throw refused('has an attribute twice, or one without a name');
    if (all.size >= mostNodes) throw refused(`holds more than ${mostNodes} elements and attributes`);
    all.set(key, unescaped(double ?? single ?? '').replace(/[\t\n]/g, ' '));
  }
  const prefixes = new Map(parent?.prefixes ?? [['xml', xmlNamespace]]);
  const attributes = new Map<string, string>();
  for (const [key, value] of all) {
    if (key === 'xmlns') prefixes.set('', value);
    else if (key.startsWith('xmlns:')) prefixes.set(key.slice(6), value);
    else if (!key.includes(':')) attributes.set(key, value);
  }
  const [, prefix = '', local = ''] = qualified.exec(tagName) ?? [];
  const namespace = prefixes.get(prefix) ?? (prefix === '' ? '' : undefined);
  if (namespace === undefined) throw refused('has a prefix without a namespace');
  const started = {
    element: { namespace, name: local, attributes, children: [], text: '' },
    tag: tagName,
    prefixes,
    attributeCount: all.size,
  };
  parent?.element.children.push(started.element);
  if (empty !== '/') open.push(started);
  return started;
}

function addText(text: string, parent: Open | undefined): void {
  if (parent !== undefined) parent.element.text += unescaped(text);
  else if (text.trim() !== '') throw refused('has text outside of its root');
}

function unescaped(text: string): string {
  if (text.includes(']]>')) throw refused('holds the end of CDATA');
  return text.replace(/&([^&;\s]{0,10})(;?)/g, (_whole, reference: string, end: string) => {
    const code = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(reference);
    const point =
      code === null ? undefined : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16);
    const isLetter =
      point !== undefined &&
      (point >= 0x20 || point === 9 || point === 10 || point === 13) &&
      point <= 0x10ffff;
    const isHalf = point !== undefined && point >= 0xd800 && point <= 0xdfff;
    const letter = isLetter && !isHalf ? String.fromCodePoint(point) : predefined[reference];
    if (end === '' || letter === undefined) throw refused('refers to an entity');
    return letter;
  });
}

/** The child elements of a name. */
export function childrenOf(element: XmlElement, namespace: string, localName: string): XmlElement[] {
  return element.children.filter((child) => child.namespace === namespace && child.name === localName);
}

/** The only child element of a name, or undefined. @throws CurfewError `sign_in_refused` when there are several */
export function childOf(element: XmlElement, namespace: string, localName: string): XmlElement | undefined {
  const [only, ...others] = childrenOf(element, namespace, localName);
  if (others.length > 0) throw refused(`has more than one ${localName}`);
  return only;
}

/** A text as it may stand in XML, in text and in attributes. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll('\u0085', '&#x85;')
    .replaceAll('\u2028', '&#x2028;');
}

function refused(what: string): CurfewError {
  return new CurfewError('sign_in_refused', `The XML ${what}; it is not read.`);
}
