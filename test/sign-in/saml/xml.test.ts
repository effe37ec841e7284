import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as nodeSaml from '@node-saml/node-saml/lib/xml.js';
import fc from 'fast-check';
import { escapeXml, readXml, type XmlElement } from '../../../src/sign-in/saml/xml.ts';

const limits = { mostLetters: 100_000, mostNodes: 10_000 };

/** What a tree is made of, as text and as the element that it must be read as. */
interface Made {
  readonly xml: string;
  readonly element: XmlElement;
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9._-]{0,8}$/).filter((text) => !/^xml/i.test(text));
const letter = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom('\u0085', '\u2028', '\u2029', '\u00a0', '\ufeff') },
);
const text = fc.string({ unit: letter, maxLength: 12 }).map((value) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no such letters.
  value.replace(/[\u0000-\u001f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/g, ''),
);
const prefix = fc.constantFrom('', 'a', 'b');
const spaces: Readonly<Record<string, string>> = { '': 'urn:none', a: 'urn:a', b: 'urn:b' };

const { element } = fc.letrec<{ element: Made }>((tie) => ({
  element: fc
    .record({
      name,
      prefix,
      attributes: fc.dictionary(name, text, { maxKeys: 3 }),
      text,
      children: fc.oneof(
        { maxDepth: 3 },
        fc.constant([] as Made[]),
        fc.array(tie('element'), { maxLength: 3 }),
      ),
    })
    .map(({ name: local, prefix: before, attributes, text: own, children }): Made => {
      const tag = before === '' ? local : `${before}:${local}`;
      const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
      const inner = `${escapeXml(own)}${children.map(({ xml }) => xml).join('')}`;
      return {
        xml: `<${tag}${written.join('')}>${inner}</${tag}>`,
        element: {
          namespace: spaces[before] as string,
          name: local,
          attributes: new Map(Object.entries(attributes)),
          children: children.map((child) => child.element),
          text: own,
        },
      };
    }),
}));

function document({ xml, element: root }: Made): Made {
  return {
    xml: `<?xml version="1.0"?><r xmlns="urn:none" xmlns:a="urn:a" xmlns:b="urn:b">${xml}</r>`,
    element: { namespace: 'urn:none', name: 'r', attributes: new Map(), children: [root], text: '' },
  };
}

describe('XML that is read before anybody trusts it', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(element.map(document), (made) => {
        assert.deepEqual(readXml(made.xml, limits), made.element);
      }),
    );
  });

  it('is read as the library reads it that checks signatures', async () => {
    await fc.assert(
      fc.asyncProperty(element.map(document), async ({ xml }) => {
        const parsed = await nodeSaml.parseDomFromString(xml);
        assert.deepEqual(readXml(xml, limits), fromDom(parsed.documentElement as unknown as DomNode));
      }),
    );
  });

  it('is refused, or read as the library reads it, wherever letters are added to it', async () => {
    const additions = [
      '<',
      '>',
      '&',
      '"',
      "'",
      '/',
      '<!--',
      '-->',
      '<!',
      ']]>',
      '<?x?>',
      '&lt;',
      '&#60;',
      ' ',
      'xmlns="urn:x" ',
    ];
    await fc.assert(
      fc.asyncProperty(
        element.map(document),
        fc.constantFrom(...additions),
        fc.nat(),
        async ({ xml }, addition, place) => {
          const at = place % xml.length;
          const changed = xml.slice(0, at) + addition + xml.slice(at);
          let read: XmlElement;
          try {
            read = readXml(changed, limits);
          } catch {
            return;
          }
          const parsed = await nodeSaml.parseDomFromString(changed);
          assert.deepEqual(read, fromDom(parsed.documentElement as unknown as DomNode));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is refused when it is anything but elements, attributes and text', () => {
    const refused = [
      '',
      '<a>',
      '</a>',
      '<a></b>',
      '<a><b></a></b>',
      '<a/><b/>',
      '<a/>text',
      '<a b/>',
      '<a b=1/>',
      '<a b="<"/>',
      '<a xmlns:b="urn:b" b:c="1" b:c="2"/>',
      '<a>&nbsp;</a>',
      '<a>&amp</a>',
      '<a>& </a>',
      '<a>&#xD800;</a>',
      '<a>]]></a>',
      '<a>b\u0085c</a>',
      '<a b="\u2028"/>',
      '<!DOCTYPE a><a/>',
      '<a><!-- b --></a>',
      '<a><![CDATA[b]]></a>',
      '<a><?b?></a>',
      '<ä/>',
    ];
    for (const xml of refused) assert.throws(() => readXml(xml, limits), { code: 'sign_in_refused' }, xml);
  });

  it('is refused when it is too long, or holds too much', () => {
    const few = { mostLetters: 1000, mostNodes: 5 };
    assert.equal(readXml('<a b="1"><c/><c/></a>', few).children.length, 2);
    assert.throws(() => readXml('<a b="1"><c/><c/><c d="2"/></a>', few), /more than 5/);
    assert.throws(() => readXml('<a b="1" c="" d="" e="" f="" g=""/>', few), /more than 5/);
    assert.throws(() => readXml(`<a>${' '.repeat(1000)}</a>`, few), /longer than 1000/);
  });

  it('takes comments where they are allowed, and nothing else of that kind', () => {
    const commented = { ...limits, comments: true };
    assert.equal(readXml('<!-- a --><a><!-- <b> -->c</a>', commented).text, 'c');
    assert.throws(() => readXml('<a><!-- -- --></a>', commented));
    assert.throws(() => readXml('<!DOCTYPE a><a/>', commented));
  });
});

/** What of a node of the other library is compared. */
interface DomNode {
  readonly nodeType: number;
  readonly nodeValue: string | null;
  readonly localName: string;
  readonly namespaceURI: string | null;
  readonly attributes: Iterable<{ name: string; value: string }> & {
    length: number;
    item(at: number): DomAttribute;
  };
  readonly childNodes: { length: number; item(at: number): DomNode };
}

interface DomAttribute {
  readonly name: string;
  readonly value: string;
}

function fromDom(node: DomNode): XmlElement {
  const attributes = new Map<string, string>();
  for (let at = 0; at < node.attributes.length; at++) {
    const { name: key, value } = node.attributes.item(at);
    if (!key.includes(':') && key !== 'xmlns') attributes.set(key, value);
  }
  const children: XmlElement[] = [];
  let own = '';
  for (let at = 0; at < node.childNodes.length; at++) {
    const child = node.childNodes.item(at);
    if (child.nodeType === 1) children.push(fromDom(child));
    else own += child.nodeValue ?? '';
  }
  return { namespace: node.namespaceURI ?? '', name: node.localName, attributes, children, text: own };
}
