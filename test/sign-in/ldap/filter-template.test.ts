import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BerReader, BerWriter, FilterParser } from 'ldapts';
import { FilterTemplate, isFilter } from '../../../src/sign-in/ldap/filter-template.ts';
import { property } from '../../support/seed.ts';

/** A filter as it goes over the network, read again. */
function sent(filter: ReturnType<FilterTemplate['with']>) {
  const writer = new BerWriter();
  filter.write(writer);
  return FilterParser.parse(new BerReader(writer.buffer));
}

describe('a filter of the settings', () => {
  const anyName = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(
        fc.constantFrom('(', ')', '*', '\\', '&', '|', '!', '=', '\u0000', '{dn}', '{username}', 'uid', '$&'),
      )
      .map((parts) => parts.join('')),
  );

  it('asks the same with any name in it: only the value is another', () => {
    const template = new FilterTemplate(
      '(&(objectClass=person)(|(uid={username})(mail={username}@example.org)))',
    );
    const shape = (name: string) => JSON.stringify(sent(template.with({ username: name })));
    const plain = shape('ana');
    fc.assert(
      fc.property(anyName, (name) => {
        const expected = plain
          .replaceAll('"ana"', () => JSON.stringify(name))
          .replaceAll('"ana@example.org"', () => JSON.stringify(`${name}@example.org`));
        assert.equal(shape(name), expected);
      }),
      property(1000),
    );
  });

  it('keeps its other conditions when the name does not count', () => {
    const template = new FilterTemplate(
      '(&(|(uid={username})(mail={username}))(!(employeeType=guest))(cn=a*z))',
    );
    assert.equal(
      template.rest.toString(),
      '(&(|(objectClass=*)(objectClass=*))(!(employeeType=guest))(cn=a*z))',
    );
  });

  it('is never met by a group for conditions on a username', () => {
    const template = new FilterTemplate('(|(member={dn})(memberUid={username}))');
    assert.equal(template.asksForDn, true);
    assert.equal(template.withDnAlone('cn=$&').toString(), '(|(member=cn=$&)(!(objectClass=*)))');
    assert.equal(new FilterTemplate('(memberUid={username})').asksForDn, false);
  });

  it('may hold every kind of condition, and letters in any way of writing', () => {
    const kinds =
      '(|(a={username})(b=x*{username}*y)(c>={username})(d<={username})(e~={username})(f:dn:1.2.3:={username})(g=*))';
    const filled = new FilterTemplate(kinds).with({ username: 'v' }).toString();
    assert.equal(filled, kinds.replaceAll('{username}', 'v'));
    const letters = new FilterTemplate('(&(ou=K\\c3\\b6ln \\28Nord\\29)(uid={username}))');
    assert.match(JSON.stringify(letters.with({ username: 'v' })), /Köln \(Nord\)/);
  });

  it('is none with parentheses that do not match, or without a comparison', () => {
    for (const text of [
      '',
      '()',
      '(uid)',
      '(uid=a',
      '(&(uid=a)',
      '(uid=a)(cn=b)',
      '(uid=a))',
      '(=a)',
      '(a\\zz=b)',
    ])
      assert.equal(isFilter(text), false, text);
    for (const text of ['uid=a', '(uid=a)', '(&(uid=a)(cn=b))']) assert.equal(isFilter(text), true, text);
  });
});
