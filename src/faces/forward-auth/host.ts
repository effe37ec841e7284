/** The place that a request names, in the one form in which places are compared. */
export interface Authority {
  /** In lower case, without the dot that may end a full name; a v6 address in brackets. */
  readonly host: string;
  /** As it was told; empty when it was not. */
  readonly port: string;
}

/**
 * Reads the host of a request with its port, or gives undefined for what is none. Names beyond ASCII travel as
 * punycode, so any other letter is refused rather than guessed at.
 */
export function readAuthority(text: string): Authority | undefined {
  if (text.length > longest) return undefined;
  const [, name, address, port = ''] = authorityForm.exec(text.toLowerCase()) ?? [];
  const host = name ?? address;
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port };
}

/** RFC 1035 section 2.3.4, with the dot at the end and the port. */
const longest = 255 + ':65535'.length;
const authorityForm = /^(?:([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?|(\[[0-9a-f:.]+\]))(?::(\d{1,5}))?$/;

/** The host of an authority as a URL shows it: without the port that the scheme has anyway. */
export function originOf(scheme: string, { host, port }: Authority): string {
  const isUsual = port === '' || Number(port) === (scheme === 'https' ? 443 : 80);
  return `${scheme}://${host}${isUsual ? '' : `:${Number(port)}`}`;
}

/** What a rule names hosts by: `app.example.com`, `*.example.com` for all below it, or `*` for all. */
export function isHostPattern(text: string): boolean {
  const authority = readAuthority(text.startsWith('*.') ? text.slice(2) : text);
  return text === '*' || (authority !== undefined && authority.port === '');
}

/** A function that tells whether a host, as `readAuthority` gives it, is one of these patterns. */
export function hostMatcher(patterns: readonly string[]): (host: string) => boolean {
  const exact = new Set<string>();
  const endings: string[] = [];
  for (const pattern of patterns) {
    if (pattern === '*') endings.push('');
    else if (pattern.startsWith('*.')) endings.push(`.${readAuthority(pattern.slice(2))?.host}`);
    else exact.add(readAuthority(pattern)?.host ?? pattern);
  }
  return (host) => exact.has(host) || endings.some((ending) => host.endsWith(ending));
}
