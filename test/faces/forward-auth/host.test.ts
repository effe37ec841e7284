import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostMatcher, isHostPattern, originOf, readAuthority } from '../../../src/faces/forward-auth/host.ts';

test('a host is the same in every spelling', () => {
  for (const text of [
    'app.example.com',
    'APP.Example.Com',
    'app.example.com.',
    'app.example.com:443',
    'App.example.com.:8080',
  ])
    assert.equal(readAuthority(text)?.host, 'app.example.com', text);
  assert.deepEqual(readAuthority('[2001:DB8::1]:8080'), { host: '[2001:db8::1]', port: '8080' });
  assert.equal(readAuthority('localhost')?.host, 'localhost');
});

test('what is not clearly one host is none', () => {
  const texts = [
    '',
    '.',
    ':80',
    'a..b',
    'app.example.com..',
    '.example.com',
    'app.example.com:',
    'app.example.com:x',
    'app.example.com:99999',
    'app.example.com:80:80',
    'user@app.example.com',
    'app.example.com/admin',
    'app.example.com, other.example.com',
    'app.example.com other',
    'app.example.com\t',
    'app.example.com%00',
    'app.example.com#x',
    'app.example.com?x',
    'app.example.com\\x',
    'bücher.example',
    'ａpp.example.com',
    '2001:db8::1',
    '[::1',
    `${'a'.repeat(300)}.example`,
  ];
  for (const text of texts) assert.equal(readAuthority(text), undefined, text);
});

test('a port that the scheme has anyway is left out of an origin', () => {
  const at = (scheme: string, text: string) =>
    originOf(scheme, readAuthority(text) ?? { host: '', port: '' });
  assert.equal(at('https', 'a.example:443'), 'https://a.example');
  assert.equal(at('http', 'a.example:80'), 'http://a.example');
  assert.equal(at('http', 'a.example:443'), 'http://a.example:443');
  assert.equal(at('https', 'a.example:0443'), 'https://a.example');
});

test('a pattern names one host, all below one, or all', () => {
  const below = hostMatcher(['*.Example.com', 'other.example.']);
  assert.ok(below('app.example.com'));
  assert.ok(below('a.b.example.com'));
  assert.ok(below('other.example'));
  assert.ok(!below('example.com'));
  assert.ok(!below('badexample.com'));
  assert.ok(!below('app.example.com.evil.example'));
  assert.ok(hostMatcher(['*'])('anything'));
  for (const text of ['*', '*.example.com', 'app.example.com', '[::1]']) assert.ok(isHostPattern(text), text);
  for (const text of [
    '',
    '**',
    'a.*.example',
    '*example.com',
    '*.',
    'app.example.com:80',
    'https://app.example.com',
  ])
    assert.ok(!isHostPattern(text), text);
});
