import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isPathPattern, pathMatcher, pathReadings } from '../../../src/faces/forward-auth/path.ts';

/** What a rule with this pattern says of a path: `unreadable` when no rule can be asked. */
function verdict(pattern: string, path: string): string {
  const readings = pathReadings(path);
  return readings === undefined ? 'unreadable' : pathMatcher([pattern])(readings);
}

describe('a pattern without a star', () => {
  test('names the path and everything below it, and nothing beside it', () => {
    for (const path of ['/admin', '/admin/', '/admin/users', '/admin/a.b/c', '/admin/a%20b'])
      assert.equal(verdict('/admin', path), 'all', path);
    for (const path of ['/', '/administrator', '/adm', '/x/admin', '/admin.html', '/admin-x'])
      assert.equal(verdict('/admin', path), 'none', path);
  });

  test('means the same with a slash behind it, and a slash alone names every path', () => {
    assert.equal(verdict('/admin/', '/admin'), 'all');
    assert.equal(verdict('/', '/anything/at?all'.split('?')[0] ?? ''), 'all');
  });
});

describe('a pattern with a star', () => {
  test('is compared with the whole path', () => {
    assert.equal(verdict('/files/*.pdf', '/files/a/b.pdf'), 'all');
    assert.equal(verdict('/files/*.pdf', '/files/a.pdf/x'), 'none');
    assert.equal(verdict('*.png', '/logo.png'), 'all');
  });
});

describe('a path that some read as another one is unclear to a rule that sees a difference', () => {
  const spellings = [
    '/ADMIN',
    '/Admin/users',
    '//admin',
    '/%2Fadmin',
    '/%2fadmin/x',
    '/admin%2Fx'.replace('admin', 'x%2F..%2Fadmin'),
    '/\\admin',
    '/%5Cadmin',
    '/admin;x=1',
    '/;x/admin',
    '//;x//admin;y',
    '/admin.',
    '/admin%20',
    '/admin%2e',
    '/admin%3Fx',
    '/admin%23x',
    '/%EF%BC%8Fadmin',
    '/%EF%BD%81dmin',
    '/./admin',
    '/x/../admin',
    '/x/%2e%2e/admin',
    '/x/%2E./admin',
    '/x/..;/admin',
    '/x/..%3B/admin',
    '/x/..%5Cadmin',
    '/x/%E2%80%A5/admin',
    '/%2561dmin',
    '/%252fadmin',
    '/%252e%252e/admin',
    '/%u0061dmin',
    '/%C0%AFadmin',
    '/%00/admin',
    '/admin%00',
    '/admin%0d%0a',
    '/%zzadmin',
    '/admin#x',
    '/ädmin',
  ];
  for (const path of spellings) {
    test(path, () => {
      assert.ok(['some', 'unreadable'].includes(verdict('/admin', path)), verdict('/admin', path));
      // A rule before it must not be deceived either.
      assert.notEqual(verdict('/public', `/public/..${path}`), 'all');
    });
  }

  test('but not to a rule for which every reading is the same', () => {
    for (const path of [
      '/files/A',
      '/files//b',
      '/files/a%2Fb',
      '/files/a;v=1',
      '/files/100%25',
      '/files/What%3F',
      '/files/z%C3%BC',
    ])
      assert.equal(verdict('/files', path), 'all', path);
    assert.equal(verdict('/admin', '/files//A;x/100%25'), 'none');
  });
});

test('escaping letters that need none changes no decision', () => {
  const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_~'.split(''));
  const segment = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  const pattern = fc.oneof(path, fc.constantFrom('/a', '/b/c'));
  fc.assert(
    fc.property(path, pattern, fc.infiniteStream(fc.boolean()), (plain, rule, choices) => {
      const escaped = Array.from(plain, (letter) =>
        letter !== '/' && choices.next().value === true
          ? `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`
          : letter,
      ).join('');
      assert.equal(verdict(rule, escaped), verdict(rule, plain));
    }),
  );
});

test('whatever an application may do to a path, a rule that matched it clearly still matches', () => {
  const piece = fc.constantFrom(
    '/',
    '//',
    '%2F',
    '%2f',
    '\\',
    'admin',
    'Admin',
    'x',
    ';p',
    '.',
    '%2e',
    '%20',
    '..',
    '%3F',
    'a',
    '%61',
  );
  const path = fc.array(piece, { maxLength: 9 }).map((parts) => `/${parts.join('')}`);
  const habits: ((path: string) => string)[] = [
    (text) => text.replace(/%2f/gi, '/'),
    (text) => decodeURIComponent(text),
    (text) => text.replaceAll('\\', '/'),
    (text) => text.replace(/;[^/]*/g, ''),
    (text) => text.replace(/\/{2,}/g, '/'),
    (text) => text.toLowerCase(),
    (text) => text.replace(/[. ]+(?=\/|$)/g, ''),
  ];
  const matches = (text: string) => text === '/admin' || text.startsWith('/admin/');
  fc.assert(
    fc.property(path, fc.subarray(habits), (raw, taken) => {
      const found = verdict('/admin', raw);
      if (found !== 'all' && found !== 'none') return;
      let read = raw;
      for (const habit of taken) read = habit(read);
      // Escapes that this application leaves alone are letters to it.
      if (!taken.includes(habits[1] as never) && /%/.test(raw)) return;
      assert.equal(matches(read), found === 'all', `${raw} read as ${read}`);
    }),
    { numRuns: 2000 },
  );
});

test('a very long path takes no long time, whatever it holds', () => {
  for (const path of [`/${'.'.repeat(15_000)}x`, `/${'/.x'.repeat(1300)}`, `/${'%2F;a//b.'.repeat(400)}`])
    assert.ok((pathReadings(path)?.length ?? 0) <= 128);
  assert.equal(pathReadings(`/${'%2F;'.repeat(5000)}`), undefined);
});

test('a pattern that could not mean what it says is none', () => {
  for (const pattern of ['/admin', '/a b', '*', '/x/*', '/', '/zürich', '/v1.2'])
    assert.ok(isPathPattern(pattern), pattern);
  for (const pattern of [
    'admin',
    '',
    '/a%20b',
    '/a?b',
    '/a#b',
    '/a//b',
    '/../b',
    '/a/.',
    '/a;b',
    '/a\\b',
    '/a\nb',
  ])
    assert.ok(!isPathPattern(pattern), pattern);
});
