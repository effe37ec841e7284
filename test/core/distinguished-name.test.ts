import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  dnKey,
  escapeDnValue,
  isWithinDn,
  normalDn,
  parseDn,
  writeDn,
} from '../../src/core/distinguished-name.ts';
import { property } from '../support/seed.ts';

describe('a distinguished name', () => {
  const written: [claim: string, text: string, normal: string | undefined][] = [
    ['as it is', 'uid=ann,ou=people,dc=example', 'uid=ann,ou=people,dc=example'],
    ['with its capitals', 'CN=Ann Lee,DC=Example', 'CN=Ann Lee,DC=Example'],
    ['without blanks around separators', ' uid = ann , dc=example ', 'uid=ann,dc=example'],
    ['with separators of LDAP v2', 'uid=ann;dc=example', 'uid=ann,dc=example'],
    ['without quotes', 'cn="Lee, Ann",dc=x', 'cn=Lee\\, Ann,dc=x'],
    ['with an escaped comma', 'cn=Lee\\, Ann,dc=x', 'cn=Lee\\, Ann,dc=x'],
    ['with an escaped comma in digits', 'cn=Lee\\2C Ann,dc=x', 'cn=Lee\\, Ann,dc=x'],
    ['with letters beyond ASCII as they are', 'cn=M\\C3\\BCller,dc=x', 'cn=Müller,dc=x'],
    ['with several parts in one name', 'cn=ann + uid=1,dc=x', 'cn=ann+uid=1,dc=x'],
    ['with blanks at its ends', 'cn=\\ ann\\ ,dc=x', 'cn=\\ ann\\ ,dc=x'],
    ['with a hash', 'cn=\\#1,dc=x', 'cn=\\#1,dc=x'],
    ['with a number as type', '2.5.4.3=ann,dc=x', '2.5.4.3=ann,dc=x'],
    ['with an empty value', 'cn=,dc=x', 'cn=,dc=x'],
    ['not: an empty text', '', undefined],
    ['not: a word', 'ann', undefined],
    ['not: an address', 'ann@example.org', undefined],
    ['not: nothing behind the last comma', 'cn=ann,', undefined],
    ['not: a broken escape', 'cn=a\\x,dc=x', undefined],
    ['not: an escape at the end', 'cn=a\\', undefined],
    ['not: a quote that does not end', 'cn="a,dc=x', undefined],
    ['not: letters behind a quote', 'cn="a"b,dc=x', undefined],
    ['not: a value in binary form', '1.2.3=#04024869', undefined],
  ];
  for (const [claim, text, normal] of written) {
    it(`is written ${claim}: ${JSON.stringify(text)}`, () => assert.equal(normalDn(text), normal));
  }

  const values = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/\p{Cs}/gu, ''));

  it('comes back from its text as it was, whatever its values hold', () => {
    const part = fc.record(
      { type: fc.constantFrom('cn', 'ou', 'DC'), value: values },
      { noNullPrototype: true },
    );
    const name = fc.array(fc.array(part, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(name, (drawn) => assert.deepEqual(parseDn(writeDn(drawn)), drawn)),
      property(1000),
    );
  });

  it('holds a value that cannot leave its place', () => {
    fc.assert(
      fc.property(values, (value) => {
        const read = parseDn(`uid=${escapeDnValue(value)},ou=people,dc=example`);
        assert.deepEqual(
          read?.map((parts) => parts.map(({ value: text }) => text)),
          [[value], ['people'], ['example']],
        );
      }),
      property(1000),
    );
  });

  it('is the same name in other capitals, blanks, escapes and order of its parts', () => {
    const key = dnKey('cn=ann lee+uid=1,ou=people,dc=example');
    for (const text of [
      'CN=Ann  Lee+UID=1, OU=People, DC=Example',
      'uid=1+cn=\\41nn lee,ou=people,dc=example',
    ])
      assert.equal(dnKey(text), key, text);
  });

  it('is another name with another letter, part or place', () => {
    const names = [
      'cn=ann,dc=x',
      'cn=ann,dc=y',
      'cn=an,dc=x',
      'uid=ann,dc=x',
      'cn=ann\\,dc\\=x',
      'cn=ann',
      'cn=a+cn=nn,dc=x',
      'ann',
    ];
    assert.equal(new Set(names.map(dnKey)).size, names.length);
  });

  it('lies within its own base and those above, and within no other', () => {
    const group = 'cn=Ops,ou=Groups,dc=example';
    for (const base of [group, 'ou=groups, dc=Example', 'dc=example'])
      assert.ok(isWithinDn(group, base), base);
    for (const base of ['ou=people,dc=example', `cn=a,${group}`, 'dc=org', 'cn=Ops'])
      assert.ok(!isWithinDn(group, base), base);
    assert.ok(!isWithinDn('cn=x\\,ou\\=groups\\,dc\\=example,dc=org', 'ou=groups,dc=example'));
  });
});
