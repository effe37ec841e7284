/**
 * The versions that `GetAPI` tells, ascending. Clients go on with the current one, which is that of the newest client
 * library; one reads versions as decimal numbers, so minor numbers have one digit.
 */
export const supportedVersions: readonly string[] = [
  ...versionsOf('1', '0'),
  ...versionsOf('2', '0'),
  ...versionsOf('3', '0'),
  ...versionsOf('4', '0'),
  ...versionsOf('5', '01'),
  ...versionsOf('6', '0'),
  ...versionsOf('7', '01234'),
  ...versionsOf('8', '01234567'),
  ...versionsOf('9', '0123456'),
  ...versionsOf('10', '01234567'),
  ...versionsOf('11', '013578'),
  ...versionsOf('12', '023'),
];

export const currentVersion = '12.3';

/** `0.0` is what some tools ask `GetAPI` of; the later ones change nothing in what is answered here. */
const servedSilently: readonly string[] = ['0.0', ...versionsOf('12', '456789')];

const served: ReadonlySet<string> = new Set([...supportedVersions, ...servedSilently]);

/** Whether a path is that of the API in a version that is served: `/json-rpc/12.3`, with or without a slash at its end. */
export function isServed(path: string): boolean {
  const version = /^\/json-rpc\/(\d{1,2}\.\d)\/?$/.exec(path)?.[1];
  return version !== undefined && served.has(version);
}

function versionsOf(major: string, minors: string): string[] {
  return [...minors].map((minor) => `${major}.${minor}`);
}
