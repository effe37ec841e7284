import { wildcard } from '../../core/wildcard.ts';

/**
 * A proxy, a framework and a file system each read a path in their own way: one merges `//`, one decodes `%2F`, one
 * drops `;parameters`, one does not tell `A` from `a`. A rule that is asked about only one of these readings can be
 * passed by in another. So a path is taken in every reading that an application may have of it, and a rule matches
 * when it matches all of them; where it matches only some it is unclear which rule is meant, and nobody gets in.
 */
export type PathReadings = readonly string[];

/** Paths that everybody reads alike, but for the case of letters. */
const plainPath = /^(?:\/[\w~!$&'()*+,=:@.-]*)+$/;
const unusual = /\/\/|\.(?:\/|$)/;
const dotSegment = /(?:^|\/)\.{1,2}(?:\/|$)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const unreadable = /[\x00-\x1f\x7f#]|[^\x00-\x7f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const controls = /[\x00-\x1f\x7f]/;
/** Readings double with each step that changes something, so what is neither plain nor short is refused. */
const longestUnusual = 4096;

/** What applications do to a path, in the order in which it does the most. Each may be done or left. */
const steps: readonly ((text: string) => string)[] = [
  (text) => text.normalize('NFKC'),
  (text) => text.replaceAll('%2F', '/'),
  (text) => text.replaceAll('\\', '/'),
  (text) => text.replace(/[?#].*$/s, ''),
  (text) => text.replace(/;[^/]*/g, ''),
  (text) => text.split('/').map(withoutDotsBehind).join('/'),
  (text) => text.replace(/\/{2,}/g, '/'),
];

/**
 * The readings of a path as it came, without its query. Undefined when no rule can be asked about it: it holds `.` or
 * `..`, which browsers take out before they send, is encoded twice or not as UTF-8, or has control characters.
 */
export function pathReadings(path: string): PathReadings | undefined {
  if (plainPath.test(path) && !unusual.test(path)) return [path];
  if (!path.startsWith('/') || path.length > longestUnusual || unreadable.test(path)) return undefined;
  const decoded = decode(path);
  if (decoded === undefined) return undefined;
  const readings = new Set([decoded]);
  for (const step of steps) for (const reading of [...readings]) readings.add(step(reading));
  for (const reading of readings) if (dotSegment.test(reading)) return undefined;
  return [...readings];
}

/** The path with every escape decoded but `%2F`, which some take as a slash and others as a letter. */
function decode(path: string): string | undefined {
  const pieces: string[] = [];
  for (const piece of path.split(/%2f/i)) {
    const decoded = decodedPiece(piece);
    if (decoded === undefined) return undefined;
    pieces.push(decoded);
  }
  return pieces.join('%2F');
}

function decodedPiece(piece: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(piece);
  } catch {
    // Malformed escapes and such as are not UTF-8 have no reading that everybody shares.
    return undefined;
  }
  // What is still encoded was encoded twice, and is read differently by whoever decodes twice.
  return /%[0-9a-f]{2}/i.test(decoded) || controls.test(decoded) ? undefined : decoded;
}

/** Windows takes `admin.` and `admin ` for `admin`. */
function withoutDotsBehind(segment: string): string {
  let end = segment.length;
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end--;
  return segment.slice(0, end);
}

/** Whether a text may stand as the path of a rule: as people write it, without escapes and nothing to be normalised. */
export function isPathPattern(text: string): boolean {
  return /^[/*]/.test(text) && !/[%?#;\\]|\/\//.test(text) && !controls.test(text) && !dotSegment.test(text);
}

export type Match = 'all' | 'none' | 'some';

/**
 * A function that tells whether these patterns match all readings of a path. A pattern with `*` is compared with the
 * whole path, `*` standing for anything; one without names the path and everything below it.
 */
export function pathMatcher(patterns: readonly string[]): (readings: PathReadings) => Match {
  const exactly = patterns.map((pattern) => onePattern(pattern));
  const folded = patterns.map((pattern) => onePattern(pattern.toLowerCase()));
  return (readings) => {
    let matching = 0;
    for (const reading of readings) {
      if (exactly.some((matches) => matches(reading))) matching++;
      const lower = reading.toLowerCase();
      if (folded.some((matches) => matches(lower))) matching++;
    }
    return matching === 0 ? 'none' : matching === 2 * readings.length ? 'all' : 'some';
  };
}

function onePattern(pattern: string): (path: string) => boolean {
  if (pattern.includes('*')) {
    const { matches } = wildcard(pattern);
    return matches;
  }
  const whole = pattern.length > 1 && pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
  if (whole === '/') return () => true;
  return (path) => path.startsWith(whole) && (path.length === whole.length || path[whole.length] === '/');
}
