import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configFlags, configSchema, configWarnings, readConfig, settingsPage } from '../../src/config.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { readDuration, settingsOf } from '../../src/core/settings.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

function faultsOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof CurfewError);
    assert.equal(error.code, 'config_invalid');
    return error.message;
  }
  assert.fail('it was accepted');
}

function fileWith(t: { after(run: () => void): void }, content: string): string {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const path = join(folder.path, 'curfew.yaml');
  writeFileSync(path, content);
  return path;
}

test('without any source everything has its documented value', () => {
  const config = readConfig({}, {});
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 2200);
  assert.equal(config.maxSignInAge, 15 * 60_000);
  assert.equal(config.history, 7 * 86_400_000);
  assert.deepEqual(config.trustedProxies, []);
  assert.equal(config.limits.failuresPerMinute, 300);
  assert.equal(config.realms, undefined);
  assert.deepEqual(configWarnings(config), []);
});

test('a flag wins over a variable, and a variable over the file', (t) => {
  const file = fileWith(t, 'port: 1001\nhost: ::1\nhistory: 1d\nlimits:\n  failuresPerMinute: 7\n');
  const config = readConfig({ config: file, port: '1003' }, { CURFEW_PORT: '1002', CURFEW_HISTORY: '2d' });
  assert.equal(config.port, 1003);
  assert.equal(config.history, 2 * 86_400_000);
  assert.equal(config.host, '::1');
  assert.equal(config.limits.failuresPerMinute, 7);
  assert.equal(readConfig({}, { CURFEW_CONFIG: file }).port, 1001);
  assert.equal(readConfig({}, { CURFEW_LIMITS_FAILURES_PER_MINUTE: '9' }).limits.failuresPerMinute, 9);
});

test('a way to the file that is empty or leads nowhere is told with where it was given', () => {
  assert.throws(() => readConfig({}, { CURFEW_CONFIG: '' }), {
    message: /^CURFEW_CONFIG is empty; give the path/,
  });
  assert.throws(() => readConfig({ config: '' }, {}), { message: /^--config is empty; give the path/ });
  const nowhere = { CURFEW_CONFIG: '/nowhere/curfew.yaml' };
  assert.throws(() => readConfig({}, nowhere), { message: /^CURFEW_CONFIG: .* cannot be read \(ENOENT\)/ });
  assert.throws(() => readConfig({ config: '/nowhere' }, nowhere), {
    message: /^--config: \/nowhere cannot/,
  });
});

test('a file may be YAML or JSON, with lists and numbers or texts', (t) => {
  const json = fileWith(
    t,
    '{"port": "1001", "realms": ["shop", "bank"], "trustedProxies": "loopback, 10.0.0.0/8"}',
  );
  const config = readConfig({ config: json }, {});
  assert.equal(config.port, 1001);
  assert.deepEqual(config.realms, ['shop', 'bank']);
  assert.deepEqual(config.trustedProxies, ['loopback', '10.0.0.0/8']);
  assert.equal(readConfig({ config: fileWith(t, '# nothing yet\n') }, {}).port, 2200);
});

test('a value that cannot be read stops the start, naming key, source and form', (t) => {
  const file = fileWith(t, 'port: many\n');
  assert.match(
    faultsOf(() => readConfig({ port: '70000' }, {})),
    /^--port: expected a port from 0 to 65535.*"70000"/,
  );
  assert.match(
    faultsOf(() => readConfig({}, { CURFEW_HISTORY: '7' })),
    /^CURFEW_HISTORY: expected a duration such as/,
  );
  assert.match(
    faultsOf(() => readConfig({ config: file }, {})),
    /^port in .*curfew.yaml: expected a port .*"many"/,
  );
  for (const [flag, value] of [
    ['history', '-1d'],
    ['tls', 'on'],
    ['log-level', 'loud'],
    ['trusted-proxies', 'everybody'],
    ['max-sign-in-age', '1ms'],
    ['host', ''],
    ['realms', ''],
    ['store', 'mysql'],
    ['store', 'postgres://db'],
  ] as const) {
    assert.match(
      faultsOf(() => readConfig({ [flag]: value }, {})),
      /expected/,
      `${flag} ${value}`,
    );
  }
});

test('the way to a database is read from every source, and never repeated where it cannot be read', (t) => {
  const url = 'postgres://curfew:hidden%20word@db.example:5433/curfew';
  assert.equal(readConfig({ store: url }, {}).store, url);
  assert.equal(readConfig({}, { CURFEW_STORE: url }).store, url);
  assert.equal(readConfig({ config: fileWith(t, `store: ${url}\n`) }, {}).store, url);
  for (const wrong of ['postgres://curfew:hidden@db.example', 'http://curfew:hidden@db.example/curfew']) {
    const told = faultsOf(() => readConfig({ store: wrong }, {}));
    assert.match(told, /^--store: expected sqlite, or a PostgreSQL/);
    assert.doesNotMatch(told, /hidden/);
  }
});

test('a key that is not known stops the start, wherever it stands', (t) => {
  const file = fileWith(t, 'prot: 1\nlimits:\n  failures: 3\n');
  const told = faultsOf(() => readConfig({ config: file }, { CURFEW_PROT: '1' }));
  assert.match(told, /prot in .* is not a setting; known are host, port/);
  assert.match(told, /limits\.failures in .* is not a setting; known are failuresPerMinute/);
  assert.match(told, /CURFEW_PROT: is not a setting/);
  assert.match(
    faultsOf(() => readConfig({ config: fileWith(t, 'limits: 3\n') }, {})),
    /limits in .*: expected keys/,
  );
  assert.match(
    faultsOf(() => readConfig({ config: fileWith(t, 'port: 1\nport: 2\n') }, {})),
    /unique/,
  );
  assert.match(
    faultsOf(() => readConfig({ config: '/nowhere/curfew.yaml' }, {})),
    /cannot be read/,
  );
});

test('variables of the command line are no settings of the server, and do not stop it', () => {
  assert.equal(readConfig({}, { CURFEW_URL: 'http://x', CURFEW_PASSWORD: 'x', PATH: '/bin' }).port, 2200);
});

test('the first password comes from the environment alone, and is repeated nowhere', (t) => {
  assert.equal(readConfig({}, { CURFEW_ADMIN_PASSWORD: 'long enough' }).adminPassword, 'long enough');
  assert.ok(!configFlags().includes('admin-password'));
  const short = faultsOf(() => readConfig({}, { CURFEW_ADMIN_PASSWORD: 'hunter2' }));
  assert.ok(!short.includes('hunter2'));
  const inFile = faultsOf(() => readConfig({ config: fileWith(t, 'adminPassword: hunter2hunter2\n') }, {}));
  assert.match(inFile, /is a secret; give it by CURFEW_ADMIN_PASSWORD/);
  assert.ok(!inFile.includes('hunter2'));
});

test('settings that need each other are asked for together', () => {
  assert.match(
    faultsOf(() => readConfig({ 'tls-cert': 'a.pem' }, {})),
    /give both/,
  );
  const both = { 'tls-cert': 'a.pem', 'tls-key': 'b.pem' };
  assert.equal(readConfig(both, {}).tlsCert, 'a.pem');
  assert.match(
    faultsOf(() => readConfig({ ...both, tls: 'self-signed' }, {})),
    /stands against/,
  );
});

test('each unsafe value gives one warning', () => {
  const warningsOf = (flags: Record<string, string>) => configWarnings(readConfig(flags, {}));
  assert.equal(warningsOf({ host: '0.0.0.0' }).length, 1);
  assert.match(warningsOf({ host: '0.0.0.0' })[0] ?? '', /without TLS/);
  assert.match(warningsOf({ host: '0.0.0.0', tls: 'self-signed' })[0] ?? '', /plain HTTP too/);
  assert.equal(warningsOf({ host: '0.0.0.0', metrics: 'open' }).length, 2);
  assert.match(warningsOf({ 'trusted-proxies': '0.0.0.0/0' })[0] ?? '', /trusts everybody/);
  assert.deepEqual(warningsOf({ host: 'localhost', metrics: 'open' }), []);
});

test('the reference page names every setting with its sources', () => {
  const page = settingsPage();
  for (const { key, variable, fileOnly } of settingsOf(configSchema)) {
    assert.ok(page.includes(`## ${key}\n`), key);
    // What is more than a text has no variable.
    assert.equal(page.includes(`\`${variable}\``), fileOnly !== true, variable);
  }
});

test('durations have a unit, and nothing else passes for one', () => {
  assert.deepEqual(
    ['90s', '30m', '72h', '7d', '250ms', '0s'].map(readDuration),
    [90_000, 1_800_000, 259_200_000, 604_800_000, 250, 0],
  );
  for (const text of ['', '7', '-1s', '1.5h', '1w', '1 h', '1h30m', 's'])
    assert.equal(readDuration(text), undefined);
});
