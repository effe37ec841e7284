import { oneHeader } from './original-request.ts';

/**
 * Whether a request is a browser on its way to a page, which can be led elsewhere and come back. A script's request is
 * none, for it would take the sign-in page for the answer that it asked for; nor is a WebSocket's.
 */
export function isNavigation(method: string, headers: readonly string[]): boolean {
  return (method === 'GET' || method === 'HEAD') && wantsPage(headers);
}

/** Whether the answer is shown to a person. Browsers say so by Fetch Metadata; those that do not are told by `Accept`. */
export function wantsPage(headers: readonly string[]): boolean {
  const accept = oneHeader(headers, 'accept');
  if (typeof accept !== 'string' || !/\btext\/html\b/i.test(accept)) return false;
  const mode = oneHeader(headers, 'sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate';
  return oneHeader(headers, 'x-requested-with') === undefined && oneHeader(headers, 'upgrade') === undefined;
}
