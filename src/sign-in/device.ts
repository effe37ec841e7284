import Bowser from 'bowser';

/** What a user agent says of itself, as people speak of it. */
export interface Device {
  /** Such as `Firefox 128`. */
  readonly browser: string | undefined;
  /** Such as `Windows` or `Android`. */
  readonly system: string | undefined;
}

const known = new Map<string, Device>();
const mostKnown = 1000;

/** The browser and system of a user agent; what it does not say is undefined. It is a claim, nobody has checked it. */
export function deviceOf(userAgent: string | undefined): Device {
  if (userAgent === undefined || userAgent === '') return { browser: undefined, system: undefined };
  const found = known.get(userAgent);
  if (found !== undefined) return found;
  const { browser, os } = Bowser.parse(userAgent);
  const major = browser.version?.split('.')[0];
  const device: Device = {
    browser: browser.name ? [browser.name, major].filter(Boolean).join(' ') : undefined,
    system: os.name || undefined,
  };
  if (known.size >= mostKnown) known.clear();
  known.set(userAgent, device);
  return device;
}
