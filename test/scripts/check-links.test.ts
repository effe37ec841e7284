import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../support/project-root.ts';

const script = new URL('scripts/check-links.mjs', `file://${projectRoot}/`);
const { checkLinks } = (await import(script.href)) as { checkLinks(root: string): string[] };

/** The problems of a made-up repository: `guide/a.md` with this text, beside a page with headings. */
function problemsOf(text: string): string[] {
  const root = mkdtempSync(join(tmpdir(), 'curfew-links-'));
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  try {
    assert.equal(spawnSync('git', ['init', '--quiet'], { cwd: root }).status, 0);
    write('guide/a.md', text);
    write(
      'b c.md',
      '# One *two*, three\n\n## POST /v1/x\n\n## Same\n\n## Same\n\n```sh\n# no heading\n```\n',
    );
    write('images/x.svg', '<svg/>');
    return checkLinks(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('the link check', () => {
  const sound: [claim: string, text: string][] = [
    [
      'a page, a folder and a picture that exist are fine',
      '[a](../b%20c.md) [b](../images/) ![c](../images/x.svg)',
    ],
    ['headings are found as GitHub names them', '[a](../b%20c.md#one-two-three) [b](../b%20c.md#post-v1x)'],
    ['the second heading of a name has its own anchor', '[a](../b%20c.md#same) [b](../b%20c.md#same-1)'],
    ['a heading of the page itself is found', '# Here\n[a](#here)'],
    ['other hosts are not asked', '[a](https://example.org/nowhere)'],
    ['code holds no links', '`[a](nowhere.md)`\n```md\n[a](nowhere.md)\n```'],
  ];
  for (const [claim, text] of sound) it(claim, () => assert.deepEqual(problemsOf(text), []));

  const broken: [claim: string, text: string, problem: RegExp][] = [
    [
      'a page that is missing is named with its line',
      '\n[a](nowhere.md)',
      /^guide\/a\.md:2: nowhere\.md does not exist/,
    ],
    ['a picture that is missing is named', '<img src="no.svg">', /no\.svg does not exist/],
    ['an anchor that is no heading is named', '[a](../b%20c.md#two)', /is no heading of b c\.md/],
    ['a comment in code is no heading', '[a](../b%20c.md#no-heading)', /is no heading/],
    ['a definition is a link', '[a]: nowhere.md', /nowhere\.md does not exist/],
    ['a way out of the project is refused', '[a](../../other.md)', /leads out of the project/],
  ];
  for (const [claim, text, problem] of broken)
    it(claim, () => assert.match(problemsOf(text).join('\n'), problem));
});
