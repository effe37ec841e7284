import { errorTable } from '../../core/errors.ts';
import type { Operation } from '../../operations/operation.ts';
import { operations } from '../../operations/table.ts';
import type { Json } from './json-schema.ts';
import { createMetrics } from './metrics.ts';
import { openApi } from './openapi.ts';

/** The reference page of the errors, as Markdown. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { title, http, exit, element, ibm }]) =>
      `| \`${code}\` | ${title} | ${http} | ${exit} | \`${element}\` | \`0x${ibm.toString(16)}\` |`,
  );
  return `# Errors

Every error has a code that stays as it is. The native API answers a problem (RFC 9457) whose \`type\` is
\`urn:curfew:error:\` and the code; \`detail\` says what is wrong, where, and what to do, \`faults\` names fields of the input by
path. Generated from \`src/core/errors.ts\`.

| code | meaning | HTTP | exit code | Element | IBM |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** The reference page of the metrics, as Markdown. */
export function metricsPage(): string {
  const metrics = createMetrics();
  metrics.observeChecks({
    live: 0,
    missing: 0,
    unknown: 0,
    revoked: 0,
    logged_out: 0,
    idle: 0,
    expired: 0,
    displaced: 0,
    failed: 0,
  });
  metrics.observeGate({});
  metrics.observeStreams(() => ({ open: 0, refused: { caller: 0, node: 0 } }));
  metrics.observeNode('', '', () => 0);
  metrics.observeStore({ statistics: async () => ({ live: 0, unswept: 0, sizeBytes: 0 }) }, () => 0);
  const rows = metrics.registry.getMetricsAsArray().flatMap((metric) => {
    const {
      name,
      help,
      type,
      labelNames = [],
    } = metric as unknown as {
      name: string;
      help: string;
      type: string;
      labelNames?: readonly string[];
    };
    return name.startsWith('curfew_')
      ? [`| \`${name}\` | ${type} | ${labelNames.join(', ')} | ${help} |`]
      : [];
  });
  return `# Metrics

\`GET /metrics\` answers in the format of Prometheus. It is open to this machine; from elsewhere it asks for a caller with the
right \`ledger.read\`, unless the setting \`metrics\` says otherwise. Beside these there are the usual metrics of the process
(\`process_\`, \`nodejs_\`). Generated from \`src/faces/http/metrics.ts\`.

| name | type | labels | meaning |
|---|---|---|---|
${rows.sort().join('\n')}
`;
}

/** The reference page of the native API, as Markdown. */
export function apiPage(): string {
  const { paths, components } = openApi(operations, '');
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  const sections = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const operation = byName.get(described.operationId);
      const parameters = described.parameters.map((parameter) => ({
        name: `${parameter.name}`,
        place: `${parameter.in}`,
        required: parameter.required === true,
        schema: { ...(parameter.schema as Json), description: parameter.description },
      }));
      const body = contentOf(described.requestBody ?? {});
      const required = new Set((body.required ?? []) as string[]);
      const fields = Object.entries((body.properties ?? {}) as Record<string, Json>).map(
        ([name, schema]) => ({
          name,
          place: 'body',
          required: required.has(name),
          schema,
        }),
      );
      const answers = Object.entries(described.responses)
        .filter(([status]) => status !== 'default')
        .map(([status, answer]) => `Answers ${status}: ${answerText(answer)}.`);
      return [
        `## ${method.toUpperCase()} ${path}`,
        `\`${described.operationId}\`: ${described.summary}.`,
        textOf(operation, described.description),
        fieldTable([...parameters, ...fields]),
        answers.join('\n'),
      ]
        .filter((part) => part !== '')
        .join('\n\n');
    }),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => {
    const required = new Set((schema.required ?? []) as string[]);
    const fields = Object.entries((schema.properties ?? {}) as Record<string, Json>).map(
      ([field, inner]) => ({
        name: field,
        place: '',
        required: required.has(field),
        schema: inner,
      }),
    );
    const lead = schema.description === undefined ? '' : `${schema.description}.`;
    return [`### ${name}`, lead, fieldTable(fields) || typeOf(schema)]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  return `# API

The native API, as a running server describes it at \`/docs\` and \`/openapi.json\`. Administrators authenticate with Basic,
applications with their key and people with the token of their session, both as a bearer token. Operations on the caller's
own session also take the cookie \`curfew_session\`; a browser must then show that the request comes from the same site.
Unknown fields and parameters are errors. Generated from \`src/operations/\`.

${sections.join('\n\n')}

## Schemas

${schemas.join('\n\n')}
`;
}

function textOf(operation: Operation | undefined, described: string): string {
  return operation === undefined
    ? described
    : [operation.description, `Right: \`${operation.permission}\`.`].filter(Boolean).join('\n\n');
}

function contentOf(part: Json): Json {
  const content = Object.values((part.content ?? {}) as Record<string, Json>)[0];
  return (content?.schema ?? {}) as Json;
}

function answerText(answer: Json): string {
  const schema = contentOf(answer);
  const members = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  if (members.length === 0)
    return Object.keys(schema).length === 0 ? String(answer.description) : typeOf(schema);
  const required = new Set((schema.required ?? []) as string[]);
  return members
    .map(([name, inner]) => `\`${name}\`${required.has(name) ? '' : '?'} ${typeOf(inner)}`)
    .join(', ');
}

interface Field {
  name: string;
  place: string;
  required: boolean;
  schema: Json;
}

function fieldTable(fields: readonly Field[]): string {
  if (fields.length === 0) return '';
  const rows = fields.map(({ name, place, required, schema }) => {
    const notes = [place, required ? 'required' : ''].filter(Boolean).join(', ');
    return `| \`${name}\` | ${typeOf(schema)} | ${notes} | ${cell(String(schema.description ?? ''))} |`;
  });
  return `| field | type | | meaning |\n|---|---|---|---|\n${rows.join('\n')}`;
}

function typeOf(schema: Json): string {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1) as string;
    return `[${name}](#${name.toLowerCase()})`;
  }
  const options = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (options !== undefined) return options.map(typeOf).join(' or ');
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as Json)}`;
  if (schema.type === 'object' && schema.properties !== undefined) {
    const members = Object.entries(schema.properties as Record<string, Json>);
    return `{ ${members.map(([name, inner]) => `${name}: ${typeOf(inner)}`).join(', ')} }`;
  }
  const format = schema.format === undefined ? '' : ` (${schema.format})`;
  const fallback = schema.default === undefined ? '' : `, ${JSON.stringify(schema.default)} without it`;
  return cell(`${schema.type ?? 'anything'}${format}${fallback}`);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
