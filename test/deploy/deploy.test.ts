import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config.ts';
import { projectRoot } from '../support/project-root.ts';
import { realPart } from '../support/real-parts.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const read = (name: string): string => readFileSync(join(projectRoot, 'deploy', name), 'utf8');
const hasAnalyser = existsSync('/usr/bin/systemd-analyze');

interface Service {
  readonly environment?: Record<string, string>;
  readonly volumes?: readonly string[];
  readonly [other: string]: unknown;
}

/** Has the settings read as a server would, with something in the place of secrets. */
function readSettings(environment: Record<string, string>): void {
  const filled = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      name === 'CURFEW_SECRET_KEY' ? 'A'.repeat(43) : value.replace(/\$\{[^}]+\}/g, 'placeholder'),
    ]),
  );
  const unknown = Object.keys(filled).filter((name) => !settings.has(name));
  assert.deepEqual(unknown, [], 'every setting exists');
  readConfig({}, filled);
}

/** The variables of all settings, as the generated reference names them. */
const settings = new Set(
  readFileSync(join(projectRoot, 'docs/reference/settings.md'), 'utf8').match(/CURFEW_[A-Z0-9_]+/g),
);

describe('what runs Curfew', () => {
  it('systemd takes the unit, and finds it well protected', {
    skip: hasAnalyser ? false : 'systemd-analyze is not installed: apt-get install systemd',
  }, (t) => {
    const folder = makeTemporaryDirectory();
    t.after(() => folder.remove());
    const unit = join(folder.path, 'curfew.service');
    // The program must be there for systemd to be content.
    writeFileSync(unit, read('curfew.service').replace('/usr/bin/node', process.execPath));
    const verified = spawnSync('/usr/bin/systemd-analyze', ['verify', '--man=no', unit], {
      encoding: 'utf8',
    });
    assert.doesNotMatch(verified.stderr, /curfew\.service/);
    const audit = spawnSync(
      '/usr/bin/systemd-analyze',
      ['security', '--offline=true', '--threshold=25', unit],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(audit.status, 0, audit.stdout + audit.stderr);
  });

  it('the unit names settings that exist and a program that is built', () => {
    const unit = read('curfew.service');
    const environment = Object.fromEntries(
      [...unit.matchAll(/^Environment=(CURFEW_[A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    readSettings(environment as Record<string, string>);
    assert.match(unit, /^ExecStart=\/usr\/bin\/node \/opt\/curfew\/dist\/src\/cli\/main\.js serve$/m);
    assert.ok(existsSync(join(projectRoot, 'src/cli/main.ts')));
  });

  it('compose: two nodes share a database and a key, and only the proxy is open to this machine', () => {
    const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as {
      services: Record<string, Service>;
      volumes: Record<string, unknown>;
    };
    for (const name of ['node1', 'node2']) {
      const { environment = {}, ...rest } = services[name] ?? {};
      readSettings(environment);
      assert.match(environment.CURFEW_STORE ?? '', /^postgres:\/\/.*@database:5432\/curfew$/);
      assert.deepEqual([rest.read_only, rest.cap_drop, rest.ports], [true, ['ALL'], undefined]);
      assert.ok(((services[name]?.volumes?.[0] ?? '').split(':')[0] as string) in volumes);
    }
    assert.deepEqual(services.proxy?.ports, ['127.0.0.1:8080:8080']);
    assert.equal(services.database?.ports, undefined);
  });

  it('nginx takes the configuration', { skip: realPart('nginx').skip }, (t) => {
    const folder = makeTemporaryDirectory();
    t.after(() => folder.remove());
    const file = join(folder.path, 'nginx.conf');
    mkdirSync(join(folder.path, 'tmp'));
    const text = read('nginx.conf')
      .replaceAll('/tmp/', `${folder.path}/tmp/`)
      .replace(/node[12]:2200/g, '127.0.0.1:2200');
    writeFileSync(file, text);
    execFileSync(realPart('nginx').path, ['-t', '-q', '-p', folder.path, '-c', file], { stdio: 'pipe' });
  });

  it('Prometheus takes the alerts, and raises each when it should and not else', {
    skip: realPart('promtool').skip,
  }, () => {
    const { path } = realPart('promtool');
    const rules = join(projectRoot, 'deploy', 'alerts.yaml');
    execFileSync(path, ['check', 'rules', '--lint=all', '--lint-fatal', rules], { stdio: 'pipe' });
    execFileSync(path, ['test', 'rules', join(projectRoot, 'test/deploy/alerts.yaml')], { stdio: 'pipe' });
    const counted = new Set(
      readFileSync(join(projectRoot, 'docs/reference/metrics.md'), 'utf8').match(/\bcurfew_[a-z_]+/g),
    );
    for (const [name] of read('alerts.yaml').matchAll(/\bcurfew_[a-z_]+/g))
      assert.ok(counted.has(name.replace(/_bucket$/, '')), `there is no metric ${name}`);
  });

  it('Kubernetes: every object is whole, names agree, and nodes have no rights', () => {
    // biome-ignore lint/suspicious/noExplicitAny: documents of several kinds.
    const documents = parseAllDocuments(read('kubernetes.yaml')).map((one): any => {
      assert.deepEqual(one.errors, []);
      return one.toJS();
    });
    for (const { apiVersion, kind, metadata } of documents) {
      assert.ok(apiVersion && kind && metadata.name === 'curfew' && metadata.namespace === 'curfew');
    }
    const of = (kind: string) => documents.find((one) => one.kind === kind);
    const { template, selector, replicas } = of('Deployment').spec;
    for (const labels of [
      selector.matchLabels,
      of('Service').spec.selector,
      of('PodDisruptionBudget').spec.selector.matchLabels,
    ]) {
      assert.deepEqual(labels, template.metadata.labels);
    }
    assert.ok(of('PodDisruptionBudget').spec.minAvailable < replicas);
    const [container] = template.spec.containers;
    const environment = Object.fromEntries(
      container.env.map(({ name, value = '' }: { name: string; value?: string }) => [name, value]),
    );
    readSettings({
      ...environment,
      CURFEW_STORE: 'postgres://curfew:password@db1.example,db2.example/curfew',
      CURFEW_ADMIN_PASSWORD: 'placeholder',
    });
    assert.equal(template.spec.automountServiceAccountToken, false);
    assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] });
    for (const probe of ['startupProbe', 'livenessProbe'])
      assert.equal(container[probe].httpGet.path, '/healthz');
    assert.equal(container.readinessProbe.httpGet.path, '/readyz');
    const drainSeconds = Number.parseInt(environment.CURFEW_DRAIN, 10);
    assert.ok(template.spec.terminationGracePeriodSeconds > drainSeconds + 5);
    const mounted = container.volumeMounts.map(({ name }: { name: string }) => name);
    assert.deepEqual(
      mounted,
      template.spec.volumes.map(({ name }: { name: string }) => name),
    );
  });

  it('the image is built from files that exist, and runs without rights', () => {
    const lines = read('Containerfile').split('\n');
    for (const line of lines.filter((one) => one.startsWith('COPY ') && !one.includes('--from'))) {
      const sources = line.split(' ').slice(1, -1);
      for (const source of sources) assert.ok(existsSync(join(projectRoot, source)), `${source} exists`);
    }
    const environment = Object.fromEntries(
      (lines.find((line) => line.startsWith('ENV ')) ?? '')
        .split(' ')
        .slice(1)
        .map((pair) => pair.split('=')),
    );
    const { NODE_ENV: _mode, ...curfew } = environment;
    readSettings(curfew);
    assert.ok(lines.includes('USER node'));
    const node = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).engines.node;
    assert.equal(node, '^20.19.0 || >=22.12.0');
  });
});
