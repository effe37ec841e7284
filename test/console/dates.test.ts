import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { formatDay, formatTime } from '../../console/src/format.ts';
import { readTime } from '../../console/src/read-time.ts';
import { startConsole, violationsOf } from '../support/console.ts';
import { realPart } from '../support/real-parts.ts';

const { skip } = realPart('chromium');
const named = /^\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}, \d{2}:\d{2}:\d{2}$/;
const local = (year: number, month: number, day: number, hours = 0, minutes = 0, seconds = 0): number =>
  new Date(year, month, day, hours, minutes, seconds).getTime();

describe('a time that a person writes', () => {
  const now = new Date(2026, 10, 22, 15, 0);

  it('names the month, and is read as it was written', () => {
    for (const at of [local(2026, 2, 4, 5, 6, 7), local(2025, 11, 31, 23, 59, 59), local(2024, 1, 29)]) {
      assert.match(formatTime(at), named);
      assert.equal(readTime(formatTime(at), now), at);
    }
    assert.equal(formatDay(local(2026, 8, 4)), '4 Sep');
  });

  it('is taken in the forms that people use, in their own zone unless they name one', () => {
    for (const [text, at] of [
      ['22 Nov 2026, 14:05', local(2026, 10, 22, 14, 5)],
      [' 22 november 2026 14:05:09 ', local(2026, 10, 22, 14, 5, 9)],
      ['4 Sept 2026', local(2026, 8, 4)],
      ['3 Apr 9:00', local(2026, 3, 3, 9)],
      ['2026-04-03', local(2026, 3, 3)],
      ['2026-04-03T09:30', local(2026, 3, 3, 9, 30)],
      ['2026-04-03 09:30:10', local(2026, 3, 3, 9, 30, 10)],
      ['2026-04-03T09:30:10Z', Date.UTC(2026, 3, 3, 9, 30, 10)],
      ['2026-04-03 09:30:10 UTC', Date.UTC(2026, 3, 3, 9, 30, 10)],
      ['2026-04-03T09:30:10.250+02:00', Date.UTC(2026, 3, 3, 7, 30, 10, 250)],
      ['14:05', local(2026, 10, 22, 14, 5)],
    ] as const) {
      assert.equal(readTime(text, now), at, text);
    }
  });

  it('is not guessed at', () => {
    for (const text of [
      '',
      '11/12/2026',
      '11.12.2026',
      '5',
      'yesterday',
      '31 Feb 2026',
      '3 Foo 2026',
      '25:00',
    ])
      assert.equal(readTime(text, now), undefined, text);
  });
});

test('dates read the same in every language of the browser, and fields take them so', { skip }, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'a stolen laptop' });
  for (const locale of ['en-US', 'de-DE', 'ja-JP']) {
    const page = await c.signIn({ at: '/ledger', locale, timezoneId: 'America/New_York' });
    await page.getByText('a stolen laptop').waitFor();
    const time = page.locator('.table-body time').first();
    assert.match(await time.innerText(), named, locale);
    const at = await time.getAttribute('datetime');
    assert.equal(await time.getAttribute('title'), `${at?.slice(0, 19).replace('T', ' ')} UTC`);
    const from = page.getByLabel('From', { exact: true });
    await from.fill('22 Nov 2026, 14:05');
    await page.waitForURL((url) => url.searchParams.get('from') === '2026-11-22T19:05:00.000Z');
    await from.blur();
    assert.equal(await from.inputValue(), '22 Nov 2026, 14:05:00');
    await from.fill('11/12/2026');
    assert.equal(
      new URL(page.url()).searchParams.get('from'),
      '2026-11-22T19:05:00.000Z',
      'nothing is dropped',
    );
    await from.blur();
    await page.getByText('This is no time.').waitFor();
    assert.equal(await from.getAttribute('aria-invalid'), 'true');
    assert.deepEqual(await violationsOf(page), []);
    await from.fill('');
    await page.waitForURL((url) => !url.searchParams.has('from'));
    await page.context().close();
  }
  assert.deepEqual(c.complaints, []);
});

test('the histograms of Sessions end now, and narrow nothing by it', { skip }, async (t) => {
  const c = await startConsole(t);
  const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
  const sessions = Array.from({ length: 40 }, (_, n) => ({
    username: `user-${n}`,
    provider: { type: 'ldap', name: 'corp' },
    createdAt: hoursAgo(3 + n),
    lastAccessAt: hoursAgo(0.2),
  }));
  await c.asAdmin('POST /v1/sessions/import', { sessions });
  const before = Math.floor(Date.now() / 1000) * 1000;
  const page = await c.signIn({ at: '/sessions?provider=corp', viewport: { width: 1440, height: 900 } });
  // The button that comes with the number may move what lies below it.
  await page.locator('.sessions-total').getByText('40 live sessions', { exact: true }).waitFor();
  await page.locator('.brush-bar').first().waitFor();
  for (const name of ['Created', 'Last used']) {
    const text = await page.getByRole('slider', { name: `${name}: end` }).getAttribute('aria-valuetext');
    const end = readTime(text ?? '') ?? 0;
    assert.ok(end <= Date.now(), `${name} ends at ${text}`);
    assert.ok(end >= before, `${name} ends at ${text}`);
  }
  const end = page.getByRole('slider', { name: 'Created: end' });
  const plot = page.locator('.brush-plot').first();
  // Where it stands still.
  await plot.hover();
  const box = await plot.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 0.5, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/createdFrom=/);
  assert.equal(new URL(page.url()).searchParams.has('createdTo'), false, 'what is to come belongs to it');
  await end.focus();
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(/createdTo=/);
  assert.ok(Date.parse(new URL(page.url()).searchParams.get('createdTo') ?? '') <= Date.now());
  assert.deepEqual(c.complaints, []);
});
