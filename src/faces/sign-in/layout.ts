import { type Html, html } from './html.ts';
import type { Strings } from './strings.ts';
import { stylePath } from './style.ts';

export interface Layout {
  readonly strings: Strings;
  readonly title: string;
  readonly body: Html;
  /** Wide pages hold a list. */
  readonly isWide?: boolean;
  /** An error makes the title say so, for those who hear the page instead of seeing it. */
  readonly error?: string | undefined;
}

/** The frame of every page. */
export function layout({ strings, title, body, isWide, error }: Layout): Html {
  const shownTitle = error === undefined ? title : `${error} ${title}`;
  return html`<!doctype html>
<html lang="${strings.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${shownTitle} · ${strings.product}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${stylePath}">
</head>
<body>
<main class="${isWide === true ? 'wide' : 'narrow'}">
<p class="product" aria-hidden="true">${strings.product}</p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

/** What went wrong, read out at once and taken to first by the keyboard. */
export function alert(text: string | undefined): Html {
  if (text === undefined) return html``;
  return html`<p class="alert" role="alert" id="problem" tabindex="-1">${text}</p>`;
}

/** What was done, read out when there is a pause. */
export function notice(text: string | undefined): Html {
  return text === undefined ? html`` : html`<p class="notice" role="status">${text}</p>`;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete: string;
  readonly value?: string;
  readonly hint?: string;
  /** The keyboard begins here. */
  readonly isFirst?: boolean;
  /** What is wrong with it is told at `problem`. */
  readonly isWrong?: boolean;
  readonly inputMode?: 'numeric';
}

/** A label with its field. */
export function fieldRow(field: Field): Html {
  const { name, label, type = 'text', autocomplete, value, hint, isFirst, isWrong, inputMode } = field;
  const described = [hint === undefined ? '' : `${name}-hint`, isWrong === true ? 'problem' : '']
    .filter((id) => id !== '')
    .join(' ');
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required maxlength="1024"${
    type === 'text' ? html` autocapitalize="none" spellcheck="false"` : undefined
  }${value === undefined ? undefined : html` value="${value}"`}${
    inputMode === undefined ? undefined : html` inputmode="${inputMode}"`
  }${isFirst === true && html` autofocus`}${isWrong === true && html` aria-invalid="true"`}${
    described !== '' && html` aria-describedby="${described}"`
  }>
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

/** A field that nobody sees. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}
