import type { Json } from './json-schema.ts';
import type { OpenApi, OpenApiOperation } from './openapi.ts';

/** The style of the page, on its own so that the security policy can name its hash. */
export const docsStyle = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--accent:#2463c9}
@media (prefers-color-scheme:dark){:root{--accent:#8ab4ff}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:18rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;border-right:1px solid var(--line);font-size:.9rem}
nav h2{font-size:.75rem;text-transform:uppercase;letter-spacing:.06em;margin:1.4rem 0 .3rem;opacity:.7}
nav ul{list-style:none;margin:0;padding:0}nav a{display:block;padding:.15rem .3rem;border-radius:.3rem;text-decoration:none;overflow-wrap:anywhere}
nav a:hover,nav a:focus{background:var(--soft)}
main{padding:1.5rem 2rem 6rem;max-width:62rem}
a{color:var(--accent)}h1{margin-top:0}
section{border-top:1px solid var(--line);padding:1.2rem 0}
h3{margin:.2rem 0;font-size:1.1rem}h4{margin:1rem 0 .3rem;font-size:.85rem;text-transform:uppercase;letter-spacing:.05em;opacity:.75}
code{font:.9em ui-monospace,monospace;background:var(--soft);padding:.1em .3em;border-radius:.25em;overflow-wrap:anywhere}
.route{font:1rem ui-monospace,monospace}.route b{color:var(--accent)}
table{border-collapse:collapse;width:100%;font-size:.92rem}td,th{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line)}
pre{background:var(--soft);padding:.8rem;border-radius:.4rem;overflow:auto;font-size:.85rem}pre code{background:none;padding:0}
@media (max-width:50rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}
`;

/** The reference of the API as one page of HTML, rendered from its description. */
export function docsPage(description: OpenApi): string {
  const entries = entriesOf(description);
  const tags = [...new Set(entries.flatMap(({ operation }) => operation.tags))];
  const { schemas } = description.components;
  const contents = tags.map((tag) => {
    const items = entries
      .filter(({ operation }) => operation.tags.includes(tag))
      .map(
        ({ operation }) =>
          `<li><a href="#${operation.operationId}">${escapeHtml(operation.operationId)}</a></li>`,
      );
    return `<h2>${escapeHtml(tag)}</h2><ul>${items.join('')}</ul>`;
  });
  const schemaItems = Object.keys(schemas).map(
    (name) => `<li><a href="#schema-${name}">${escapeHtml(name)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Curfew API</title><style>${docsStyle}</style></head><body>
<nav aria-label="Contents"><strong>Curfew API</strong>${contents.join('')}<h2>schemas</h2><ul>${schemaItems.join('')}</ul></nav>
<main><h1>Curfew API <small>${escapeHtml(String(description.info.version))}</small></h1>
<p>Administrators authenticate with Basic, applications with a key and people with the token of their session, both as a bearer token. Errors are problems as RFC 9457 describes. The machine-readable form of this page is <a href="/openapi.json">/openapi.json</a>.</p>
${entries.map((entry) => operationSection(entry)).join('\n')}
<h2>Schemas</h2>
${Object.entries(schemas)
  .map(
    ([name, schema]) =>
      `<section id="schema-${name}"><h3>${escapeHtml(name)}</h3>${schemaTable(schema)}</section>`,
  )
  .join('\n')}
</main></body></html>`;
}

interface Entry {
  method: string;
  path: string;
  operation: OpenApiOperation;
}

function entriesOf({ paths }: OpenApi): Entry[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

function operationSection({ method, path, operation }: Entry): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const rows = parameters.map((parameter) => ({
    name: String(parameter.name),
    where: String(parameter.in),
    required: parameter.required === true,
    schema: { ...(parameter.schema as Json), description: parameter.description },
  }));
  const answers = Object.entries(responses).filter(([status]) => status !== 'default');
  return `<section id="${operationId}"><h3>${escapeHtml(summary)}</h3>
<p class="route"><b>${method}</b> ${escapeHtml(path)}</p>${paragraphs(description)}
${rows.length === 0 ? '' : `<h4>Parameters</h4>${fieldTable(rows)}`}
${requestBody === undefined ? '' : `<h4>Body</h4>${schemaTable(schemaOfContent(requestBody))}`}
${answers.map(([status, answer]) => `<h4>${status}: ${escapeHtml(String(answer.description))}</h4>${headerTable(answer)}${schemaTable(schemaOfContent(answer))}`).join('')}
</section>`;
}

function schemaOfContent(part: Json): Json {
  const content = Object.values((part.content ?? {}) as Record<string, Json>)[0];
  return (content?.schema ?? {}) as Json;
}

function headerTable(answer: Json): string {
  const headers = Object.entries((answer.headers ?? {}) as Record<string, Json>);
  if (headers.length === 0) return '';
  return fieldTable(
    headers.map(([name, { schema, description }]) => ({
      name,
      where: 'header',
      required: false,
      schema: { ...(schema as Json), description },
    })),
  );
}

function schemaTable(schema: Json): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  const lead = schema.description === undefined ? '' : paragraphs(String(schema.description));
  if (properties.length === 0)
    return Object.keys(schema).length === 0 ? '' : `${lead}<p>${typeOf(schema)}</p>`;
  const required = new Set((schema.required ?? []) as string[]);
  return (
    lead +
    fieldTable(
      properties.map(([name, inner]) => ({ name, where: '', required: required.has(name), schema: inner })),
    )
  );
}

function fieldTable(fields: { name: string; where: string; required: boolean; schema: Json }[]): string {
  const rows = fields.map(
    ({ name, where, required, schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${typeOf(schema)}</td><td>${[where, required ? 'required' : ''].filter(Boolean).join(', ')}</td><td>${inline(String(schema.description ?? ''))}</td></tr>`,
  );
  return `<table><thead><tr><th>name</th><th>type</th><th></th><th>meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** The type of a schema in a few words, with links to the schemas it names. */
function typeOf(schema: Json): string {
  const reference = schema.$ref;
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1) as string;
    return `<a href="#schema-${name}">${escapeHtml(name)}</a>`;
  }
  const options = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (options !== undefined) return options.map(typeOf).join(' or ');
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(', ');
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as Json)}`;
  if (schema.type === 'object' && schema.properties !== undefined) {
    const members = Object.entries(schema.properties as Record<string, Json>);
    return `{ ${members.map(([name, inner]) => `${escapeHtml(name)}: ${typeOf(inner)}`).join(', ')} }`;
  }
  const format = schema.format === undefined ? '' : ` (${escapeHtml(String(schema.format))})`;
  const fallback =
    schema.default === undefined ? '' : `, ${escapeHtml(JSON.stringify(schema.default))} without it`;
  return `${escapeHtml(String(schema.type ?? 'anything'))}${format}${fallback}`;
}

function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('');
}

function inline(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
