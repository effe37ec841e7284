/** One command block of the tour, in the order of the page. */
export interface TourBlock {
  readonly commands: string;
  /** What is said when a block that keeps running is ready; undefined for a block that ends. */
  readonly until: string | undefined;
  /** The output that the page shows below it; undefined when it shows none. */
  readonly output: string | undefined;
}

/** The blocks of the section `Five minutes` of the page. */
export function tourBlocks(page: string): TourBlock[] {
  const section = /\n## Five minutes\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
  const form =
    /(?:<!-- tour: background until "([^"\n]+)" -->\n)?```sh\n([\s\S]*?)```\n(?:```text\n([\s\S]*?)```\n)?/g;
  return [...section.matchAll(form)].map(([, until, commands = '', output]) => ({ commands, until, output }));
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
