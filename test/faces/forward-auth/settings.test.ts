import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configWarnings, readConfig } from '../../../src/config.ts';
import { CurfewError } from '../../../src/core/errors.ts';
import { identityHeaders } from '../../../src/faces/forward-auth/identity-headers.ts';
import { forwardAuthWarnings, type WarnedSettings } from '../../../src/faces/forward-auth/warnings.ts';
import { projectRoot } from '../../support/project-root.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

function read(t: TestContext, forwardAuth: unknown) {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const config = join(folder.path, 'curfew.json');
  writeFileSync(config, JSON.stringify({ forwardAuth }));
  return readConfig({ config }, {}).forwardAuth;
}

function faultOf(t: TestContext, ...rules: unknown[]): string {
  try {
    read(t, { rules });
  } catch (error) {
    assert.ok(error instanceof CurfewError && error.code === 'config_invalid');
    return error.message;
  }
  assert.fail('it was accepted');
}

const host = 'app.example.com';
const fine = { host, allow: 'signed-in' };

test('a rule may name one host, path, method or group without a list', (t) => {
  const { rules } = read(t, {
    rules: [{ host, path: '/a', methods: 'GET', allow: { anyGroup: 'ops', maxAge: '10m' } }, fine],
  });
  const [first, second] = rules;
  assert.deepEqual(first?.host, [host]);
  assert.deepEqual(first?.path, ['/a']);
  assert.deepEqual(first?.allow, { who: 'signed-in', anyGroup: ['ops'], maxAge: 600_000 });
  assert.deepEqual(second?.allow, { who: 'signed-in' });
});

test('a rule that cannot be read stops the start, and is named', (t) => {
  const faults: [unknown, RegExp][] = [
    [{ ...fine, hosts: host }, /forwardAuth\.rules\.1 in .*curfew\.json: .*"hosts"/],
    [{ allow: 'public' }, /forwardAuth\.rules\.1\.host in /],
    [{ host }, /forwardAuth\.rules\.1\.allow in .*: expected public, signed-in or nobody, or conditions/],
    [
      { host, allow: 'everybody' },
      /forwardAuth\.rules\.1\.allow\.who in .*: expected public, signed-in or nobody/,
    ],
    [{ host, allow: { groups: ['a'] } }, /forwardAuth\.rules\.1\.allow in .*"groups"/],
    [{ host, allow: { anyGroup: [] } }, /forwardAuth\.rules\.1\.allow\.anyGroup in /],
    [{ host, allow: { maxAge: 'soon' } }, /forwardAuth\.rules\.1\.allow\.maxAge in .*: expected a duration/],
    [
      { host, allow: { who: 'public', anyGroup: 'a' } },
      /forwardAuth\.rules\.1\.allow in .*conditions ask for somebody/,
    ],
    [
      { ...fine, host: 'https://app.example.com' },
      /forwardAuth\.rules\.1\.host\.0 in .*expected a host such as/,
    ],
    [{ ...fine, host: 'app.example.com:80' }, /forwardAuth\.rules\.1\.host\.0 in .*without port/],
    [{ ...fine, path: 'admin' }, /forwardAuth\.rules\.1\.path\.0 in .*expected a path such as/],
    [{ ...fine, path: ['/a', '/b%20c'] }, /forwardAuth\.rules\.1\.path\.1 in .*without escapes/],
    [{ ...fine, methods: 'get' }, /forwardAuth\.rules\.1\.methods\.0 in .*in capitals/],
    ['public', /forwardAuth\.rules\.1 in /],
  ];
  for (const [rule, expected] of faults)
    assert.match(faultOf(t, { host: 'first.example.com', allow: 'public' }, rule), expected);
});

test('a rule that can never be reached stops the start, and says behind which it stands', (t) => {
  const hidden: [Record<string, unknown>, Record<string, unknown>][] = [
    [fine, { host, path: '/public', allow: 'public' }],
    [{ ...fine, host: '*.example.com' }, fine],
    [
      { ...fine, host: '*' },
      { ...fine, host: '*.example.com' },
    ],
    [{ ...fine, host: 'APP.example.com' }, fine],
  ];
  for (const [first, second] of hidden)
    assert.match(faultOf(t, first, second), /forwardAuth\.rules\.1 in .*: is never reached, since rule 0 /);
  read(t, { rules: [{ ...fine, path: '/a' }, { ...fine, methods: 'GET' }, fine] });
  read(t, { rules: [fine, { ...fine, host: [host, 'other.example.com'] }] });
});

test('rules stand in a file only', () => {
  assert.throws(() => readConfig({}, { CURFEW_FORWARD_AUTH_RULES: '[]' }), /is not a setting/);
});

test('a set-up that cannot work is warned of', () => {
  const warned = (changes: Partial<WarnedSettings>) => {
    const allow = { who: 'signed-in' as const };
    const forwardAuth = {
      rules: [{ host: ['app.example.com', '*.apps.example.com'], allow }],
      signInUrl: undefined,
    };
    return forwardAuthWarnings({ trustedProxies: ['loopback'], signIn: {}, forwardAuth, ...changes });
  };
  assert.deepEqual(warned({}), []);
  assert.match(warned({ trustedProxies: [] })[0] ?? '', /trustedProxies names nobody/);
  const publicUrl = 'https://sso.example.com';
  assert.match(
    warned({ signIn: { publicUrl } })[0] ?? '',
    /does not reach app\.example\.com, apps\.example\.com/,
  );
  assert.match(warned({ signIn: { publicUrl, cookieDomain: 'sso.example.com' } })[0] ?? '', /does not reach/);
  assert.deepEqual(warned({ signIn: { publicUrl, cookieDomain: 'example.com' } }), []);
  assert.deepEqual(warned({ trustedProxies: [], forwardAuth: { rules: [], signInUrl: undefined } }), []);
});

test('the settings of the examples can be read', () => {
  const config = readConfig({ config: join(projectRoot, 'examples/forward-auth.yaml') }, {});
  assert.equal(config.forwardAuth.rules.length, 4);
  assert.equal(config.signIn.cookieDomain, 'curfew.localhost');
  assert.deepEqual(configWarnings(config), []);
});

test('every header that an application may trust stands in every example, and in the guide', () => {
  const files = [
    'examples/nginx/forward-auth.conf',
    'examples/caddy/Caddyfile',
    'examples/haproxy/curfew.lua',
    'examples/traefik/dynamic.yaml',
    'docs/guide/forward-auth.md',
  ];
  for (const file of files) {
    const text = readFileSync(join(projectRoot, file), 'utf8');
    for (const name of identityHeaders) assert.ok(text.includes(name), `${name} in ${file}`);
  }
  const envoy = readFileSync(join(projectRoot, 'examples/envoy/envoy.yaml'), 'utf8').match(
    /(?:exact|prefix): [\w-]+/g,
  );
  for (const name of identityHeaders.map((one) => one.toLowerCase())) {
    const isAllowed = envoy?.some((line) => {
      const [kind, text = ''] = line.split(': ');
      return kind === 'exact' ? name === text : name.startsWith(text);
    });
    assert.ok(isAllowed, name);
  }
});
