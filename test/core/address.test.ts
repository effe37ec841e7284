import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addressToBytes,
  bytesToAddress,
  decimalAddress,
  parseNetwork,
  rangesBeginning,
} from '../../src/core/address.ts';
import { property } from '../support/seed.ts';

/** Whether a network holds an address. */
function holds(network: string, address: string): boolean {
  const range = parseNetwork(network);
  const bytes = addressToBytes(address);
  assert.ok(range !== undefined && bytes !== undefined, `${network} and ${address} must be readable`);
  return bytes.compare(range.from) >= 0 && bytes.compare(range.to) <= 0;
}

const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));

describe('addresses', () => {
  it('come back from their bytes', () => {
    for (const address of [
      '0.0.0.0',
      '192.0.2.1',
      '255.255.255.255',
      '::',
      '::1',
      '2001:db8::1',
      'fe80::1',
    ]) {
      assert.equal(bytesToAddress(addressToBytes(address) as Buffer), address);
    }
  });

  it('have one form however they are written', () => {
    const written = [
      '2001:db8::1',
      '2001:DB8::1',
      '2001:0db8:0:0:0:0:0:1',
      '2001:db8::0.0.0.1',
      '2001:db8::1%eth0',
    ];
    for (const text of written) assert.deepEqual(addressToBytes(text), addressToBytes('2001:db8::1'), text);
  });

  it('a v4 address mapped into v6 is the v4 address', () => {
    assert.deepEqual(addressToBytes('::ffff:192.0.2.1'), addressToBytes('192.0.2.1'));
    assert.deepEqual(addressToBytes('::ffff:c000:201'), addressToBytes('192.0.2.1'));
  });

  it('texts that are no address give nothing', () => {
    const texts = [
      '',
      ' ',
      'x',
      '192.0.2',
      '192.0.2.256',
      '192.0.2.01',
      '0xc0000201',
      '3221225985',
      '192.0.2.1 ',
      '1::2::3',
    ];
    for (const text of [...texts, 'localhost', '192.0.2.1:80', '[::1]', '192.0.2.0/24']) {
      assert.equal(addressToBytes(text), undefined, JSON.stringify(text));
    }
  });

  it('sort within a family as their numbers do', () => {
    const asNumber = (address: string): number =>
      address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(v4, v4, (a, b) => {
        const order = (addressToBytes(a) as Buffer).compare(addressToBytes(b) as Buffer);
        assert.equal(order, Math.sign(asNumber(a) - asNumber(b)));
      }),
      property(200),
    );
  });
});

describe('networks', () => {
  it('hold their first and last address and not the neighbours', () => {
    const cases: [network: string, first: string, last: string, before: string, after: string][] = [
      ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
      ['192.0.2.128/25', '192.0.2.128', '192.0.2.255', '192.0.2.127', '192.0.3.0'],
      ['192.0.2.7/32', '192.0.2.7', '192.0.2.7', '192.0.2.6', '192.0.2.8'],
      ['10.0.0.0/9', '10.0.0.0', '10.127.255.255', '9.255.255.255', '10.128.0.0'],
      [
        '2001:db8::/32',
        '2001:db8::',
        '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
        '2001:db7:ffff::',
        '2001:db9::',
      ],
      [
        '2001:db8::/33',
        '2001:db8::',
        '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff',
        '2001:db7:ffff::',
        '2001:db8:8000::',
      ],
    ];
    for (const [network, first, last, before, after] of cases) {
      assert.deepEqual(
        [first, last, before, after].map((address) => holds(network, address)),
        [true, true, false, false],
        network,
      );
    }
  });

  it('are the same network whichever of their addresses is written', () => {
    assert.deepEqual(parseNetwork('192.0.2.77/24'), parseNetwork('192.0.2.0/24'));
  });

  it('an address alone is the network of that address', () => {
    assert.deepEqual(parseNetwork('192.0.2.1'), parseNetwork('192.0.2.1/32'));
    assert.deepEqual(parseNetwork('2001:db8::1'), parseNetwork('2001:db8::1/128'));
  });

  it('a network of one family never holds an address of the other', () => {
    assert.equal(holds('0.0.0.0/0', '255.255.255.255'), true);
    assert.equal(holds('0.0.0.0/0', '::1'), false);
    assert.equal(holds('::/0', '192.0.2.1'), false);
    assert.equal(holds('::/0', '2001:db8::1'), true);
  });

  it('a mapped address falls under the v4 network', () => {
    assert.equal(holds('192.0.2.0/24', '::ffff:192.0.2.9'), true);
    assert.equal(holds('::ffff:192.0.2.9', '192.0.2.9'), true);
  });

  it('the prefix of a mapped network counts the 96 bits of the mapping', () => {
    assert.deepEqual(parseNetwork('::ffff:192.0.2.0/120'), parseNetwork('192.0.2.0/24'));
    assert.deepEqual(parseNetwork('::ffff:0.0.0.0/96'), parseNetwork('0.0.0.0/0'));
  });

  it('a mapped network wider than the mapping is none, as it would name addresses of both families', () => {
    assert.equal(parseNetwork('::ffff:192.0.2.0/24'), undefined);
    assert.equal(parseNetwork('::ffff:0.0.0.0/95'), undefined);
  });

  it('texts that are no network give nothing', () => {
    for (const text of [
      '',
      '/',
      '/24',
      '192.0.2.0/',
      '192.0.2.0/33',
      '192.0.2.0/-1',
      '192.0.2.0/+8',
      '192.0.2.0/ 8',
    ]) {
      assert.equal(parseNetwork(text), undefined, JSON.stringify(text));
    }
    for (const text of [
      '::/129',
      '::/1000',
      '192.0.2.0/24/24',
      '192.0.2.0/8.0',
      '192.0.2.0/255.255.255.0',
      'x/8',
    ]) {
      assert.equal(parseNetwork(text), undefined, JSON.stringify(text));
    }
  });

  it('hold an address exactly if the first bits agree', () => {
    const bits = (address: string): string =>
      address
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('');
    fc.assert(
      fc.property(v4, v4, fc.nat(32), fc.nat(32), (network, address, prefix, common) => {
        // An address that shares some bits with the network, since random ones hardly ever do.
        const near = (bits(network).slice(0, common) + bits(address).slice(common)).match(
          /.{8}/g,
        ) as string[];
        const text = near.map((byte) => Number.parseInt(byte, 2)).join('.');
        assert.equal(
          holds(`${network}/${prefix}`, text),
          bits(network).slice(0, prefix) === bits(text).slice(0, prefix),
        );
      }),
      property(300),
    );
  });
});

describe('the number of a v4 address', () => {
  it('is that of its four bytes', () => {
    fc.assert(
      fc.property(v4, (address) => {
        assert.equal(decimalAddress(address), addressToBytes(address)?.readUInt32BE(1));
      }),
      property(300),
    );
    assert.deepEqual(['0.0.0.0', '255.255.255.255'].map(decimalAddress), [0, 2 ** 32 - 1]);
  });

  it('is not there for a text in any other form', () => {
    for (const text of [
      '',
      '.',
      '1',
      '1.2.3',
      '1.2.3.',
      '.1.2.3',
      '1..2.3',
      '1.2.3.4.',
      '1.2.3.4.5',
      '1.2.3.256',
      '1.2.3.1000',
      '01.2.3.4',
      '1.2.3.+4',
      ' 1.2.3.4',
      '1.2.3.4%eth0',
      '::ffff:1.2.3.4',
      '2001:db8::1',
    ]) {
      assert.equal(decimalAddress(text), undefined, JSON.stringify(text));
    }
  });
});

describe('the beginning of an address', () => {
  const isWithin = (text: string, address: string): boolean =>
    rangesBeginning(text).some(
      ({ from, to }) =>
        (addressToBytes(address) as Buffer).compare(from) >= 0 &&
        (addressToBytes(address) as Buffer).compare(to) <= 0,
    );

  it('stands for the addresses of four numbers that are written so, and for no others', () => {
    fc.assert(
      fc.property(v4, v4, fc.nat(15), (one, other, length) => {
        const text = one.slice(0, length + 1);
        for (const address of [one, other])
          assert.equal(isWithin(text, address), address.startsWith(text), text);
      }),
      property(500),
    );
  });

  it('stands for longer addresses too, by whole and begun groups', () => {
    for (const text of ['2001:', '2001:d', '2001:db8', '2001:db8:', '2001:db8::', '2001:DB8:0:0:1:2:3:4']) {
      assert.ok(isWithin(text, text.length > 15 ? text : '2001:db8::1'), text);
    }
    for (const text of ['2001:db8:1', '2001:db9', '2002:', 'fe80::'])
      assert.ok(!isWithin(text, '2001:db8::1'), text);
  });

  it('is the network that is written, and nothing for another text', () => {
    assert.deepEqual(rangesBeginning('192.0.2.0/25'), [parseNetwork('192.0.2.0/25')]);
    for (const text of ['ann', '', '1.2.3.4.5', '256.', '01', 'a', '/8', '10.0.0.0/40', ':']) {
      assert.deepEqual(rangesBeginning(text), [], text);
    }
  });
});
