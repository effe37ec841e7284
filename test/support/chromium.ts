import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { realPart } from './real-parts.ts';

/** How long a browser may take for one step; machines of CI are slow and have other work. */
const patienceMs = 120_000;

/** Chromium as it is installed here. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: realPart('chromium').path,
    // Chromium refuses its sandbox to root, as whom containers run.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    timeout: patienceMs,
  });
}

/** A window of its own, with no cookies of others, in which steps may take long. */
export async function openContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patienceMs);
  return context;
}
