import { signal } from '@preact/signals';

/** The colours: those of the system, unless the reader has chosen. */
export type Theme = 'system' | 'light' | 'dark';

/** The server reads this cookie and writes the choice into the page, so that it comes in the right colours at once. */
const cookie = 'curfew_console_theme';
const yearSeconds = 31_536_000;

export const theme = signal<Theme>(
  (globalThis.document?.documentElement.dataset.theme as Theme | undefined) ?? 'system',
);

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  const { documentElement } = document;
  if (chosen === 'system') delete documentElement.dataset.theme;
  else documentElement.dataset.theme = chosen;
  const age = chosen === 'system' ? 0 : yearSeconds;
  // biome-ignore lint/suspicious/noDocumentCookie: the newer way is missing in some browsers.
  document.cookie = `${cookie}=${chosen}; Path=/console; SameSite=Strict; Max-Age=${age}`;
}
