import { createHash } from 'node:crypto';

/** What a page says to a person who was not let in. */
export interface PageText {
  readonly title: string;
  readonly sentence: string;
  /** Where a person can go on. */
  readonly link?: { readonly text: string; readonly url: string } | undefined;
}

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto 0;padding:0 1rem}@media(prefers-color-scheme:dark){body{background:#16181d;color:#e8e8ea}a{color:#9ec1ff}}';
const styleHash = createHash('sha256').update(style).digest('base64');

/** Headers of every page: it loads nothing, runs nothing, and stands in no frame. */
export const pageHeaders = [
  'Content-Type',
  'text/html; charset=utf-8',
  'Content-Security-Policy',
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
] as const;

/** A page for a person who was not let in. */
export function page({ title, sentence, link }: PageText): string {
  const more = link === undefined ? '' : `<p><a href="${escaped(link.url)}">${escaped(link.text)}</a></p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(sentence)}</p>
${more}</main>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] as string);
}
