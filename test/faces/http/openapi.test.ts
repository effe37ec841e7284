import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApi } from '../../../src/faces/http/openapi.ts';
import { apiPage, errorsPage, metricsPage } from '../../../src/faces/http/reference.ts';
import { operations } from '../../../src/operations/table.ts';
import { startTestServer } from '../../support/http-server.ts';

const description = openApi(operations, '1.2.3');
const described = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('every operation of the table is described, once, where it is served', () => {
  const places = described.map(
    ({ path, method, operation }) => `${operation.operationId} ${method.toUpperCase()} ${path}`,
  );
  const expected = operations.map(({ name, http }) => `${name} ${http.method} ${http.path}`);
  assert.deepEqual(
    places.sort(),
    [...expected, 'check GET /v1/check', 'events.follow GET /v1/events'].sort(),
  );
  assert.equal(new Set(places).size, places.length);
});

test('every schema of the description is a JSON schema, and every reference leads somewhere', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(description, 'openapi.json');
  for (const name of Object.keys(description.components.schemas)) {
    assert.equal(typeof ajv.getSchema(`openapi.json#/components/schemas/${name}`), 'function', name);
  }
  const references = JSON.stringify(description).match(/"\$ref":"[^"]+"/g) ?? [];
  assert.ok(references.length > 20);
  for (const reference of new Set(references)) {
    const path = reference.slice('"$ref":"#/'.length, -1).split('/');
    const found = path.reduce<unknown>(
      (part, step) => (part as Record<string, unknown>)?.[step],
      description,
    );
    assert.equal(typeof found, 'object', reference);
  }
});

test('every parameter in a path is described as one, and required', () => {
  for (const { path, operation } of described) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const told = operation.parameters.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      told.map(({ name, required }) => [name, required]),
      inPath.map((name) => [name, true]),
      operation.operationId,
    );
  }
});

test('what is answered holds to what is described', async (t) => {
  const server = await startTestServer(t);
  const { session } = await server.register({ client: { ip: '192.0.2.7' }, app: 'shop' });
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(description, 'openapi.json');
  const answers: [string, string, unknown][] = [
    ['/v1/sessions', 'get', (await server.asAdmin('GET /v1/sessions')).body],
    ['/v1/sessions/{id}', 'get', (await server.asAdmin(`GET /v1/sessions/${session.id}`)).body],
    ['/v1/sessions/{id}', 'delete', (await server.asAdmin(`DELETE /v1/sessions/${session.id}`)).body],
    ['/v1/revocations', 'get', (await server.asAdmin('GET /v1/revocations')).body],
    ['/v1/status', 'get', (await server.asAdmin('GET /v1/status')).body],
    ['/v1/policy', 'get', (await server.asAdmin('GET /v1/policy')).body],
  ];
  for (const [path, method, body] of answers) {
    const place = [path.replaceAll('~', '~0').replaceAll('/', '~1'), method]
      .map(encodeURIComponent)
      .join('/');
    const validate = ajv.getSchema(
      `openapi.json#/paths/${place}/responses/200/content/application~1json/schema`,
    );
    assert.ok(validate?.(body), `${method} ${path}: ${JSON.stringify(validate?.errors)}`);
  }
});

test('the reference page needs no script, nothing from elsewhere, and its style is the one that is allowed', async (t) => {
  const server = await startTestServer(t);
  const { status, headers, body } = await server.ask('GET /docs');
  assert.equal(status, 200);
  assert.doesNotMatch(body, /<script|<link|https?:\/\/|@import| style=| on\w+=/);
  const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  assert.ok(
    headers.get('content-security-policy')?.includes(`default-src 'none'; style-src 'sha256-${hash}'`),
  );
  for (const { name } of operations) assert.ok(body.includes(`id="${name}"`), name);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  const served = await server.ask('GET /openapi.json');
  assert.equal(served.body.openapi, '3.1.0');
  assert.equal(Object.keys(served.body.paths).length, Object.keys(description.paths).length);
});

test('the reference pages name every operation, error and metric, the same at each writing', () => {
  for (const { http } of operations) assert.ok(apiPage().includes(`## ${http.method} ${http.path}\n`));
  assert.ok(errorsPage().includes('| `revoked_during_sign_in` |'));
  assert.ok(metricsPage().includes('| `curfew_checks_total` | counter | verdict |'));
  assert.equal(apiPage(), apiPage());
});
