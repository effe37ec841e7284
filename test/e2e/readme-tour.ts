/** What the reader does in a browser. */
export type BrowserStep =
  | {
      readonly does: 'signs in';
      readonly username: string;
      readonly password: string;
      /** What the page says afterwards. */
      readonly sees: string;
    }
  | { readonly does: 'reloads' };

/** One command block of the tour, in the order of the page, or a step in the browser. */
export interface TourBlock {
  readonly browser?: BrowserStep;
  readonly commands: string;
  /** What is said when a block that keeps running is ready; undefined for a block that ends. */
  readonly until: string | undefined;
  /** The output that the page shows below it; undefined when it shows none. */
  readonly output: string | undefined;
}

/** The blocks of the section `Five minutes` of the page. */
export function tourBlocks(page: string): TourBlock[] {
  const section = /\n## Five minutes\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
  const block =
    /(?:<!-- tour: background until "([^"\n]+)" -->\n)?```sh\n([\s\S]*?)```\n(?:```text\n([\s\S]*?)```\n)?/;
  const form = new RegExp(`${block.source}|<!-- tour: browser ([^\n]*) -->`, 'g');
  return [...section.matchAll(form)].map(([, until, commands = '', output, step]) => ({
    commands,
    until,
    output,
    ...(step === undefined ? {} : { browser: browserStep(step) }),
  }));
}

/** @throws Error for a step that no reader could be meant to do */
function browserStep(text: string): BrowserStep {
  const [, username, password, sees] = /^signs in as "(.+)" with "(.+)" and sees "(.+)"$/.exec(text) ?? [];
  if (username !== undefined && password !== undefined && sees !== undefined)
    return { does: 'signs in', username, password, sees };
  if (text === 'is led to sign in') return { does: 'reloads' };
  throw new Error(`the tour has no such step in the browser: ${text}`);
}

/** Output without what differs from run to run: ids, hashes, instants, ages, and how wide columns are. */
export function stable(output: string): string[] {
  return output
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '(id)')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '(hash)')
    .replaceAll(/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{3})?Z/g, '(instant)')
    .replaceAll(/\b\d+[smh] ago\b/g, '(age)')
    .replaceAll(/\ball after \d+s\b/g, 'all after (duration)')
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').trim())
    .filter((line) => line !== '');
}
